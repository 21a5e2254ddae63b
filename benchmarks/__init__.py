"""How fast, how much memory: ``make bench`` measures, ``benchmarks/README.md`` keeps the figures."""
