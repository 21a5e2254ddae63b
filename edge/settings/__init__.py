"""The camera's settings, one module for each part; `edge.config` reads them."""
