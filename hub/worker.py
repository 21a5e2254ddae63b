"""What gunicorn does in a worker that has loaded the application: its settings file is ``python:hub.worker``."""

import gc


def post_worker_init(_worker: object) -> None:
    """Let the garbage collector leave alone what stays for ever, and look at the rest ten times less often.

    A page leaves hardly any garbage in circles, but makes so many objects that the collector would stop one page in
    fifty for 30 ms, to look through the libraries and the remembered words.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
