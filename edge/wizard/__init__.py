"""The second half of ``setup_wizard.py``: pure guessing, checking and writing, and a thin terminal that only asks."""
