"""litert_ir: Keras 3 models to verified LiteRT files through a typed export plan.

A public name is imported when it is used first: the child process needs few of them. The names,
and where each one is, are in ``__init__.pyi``, which type checkers read as well.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
