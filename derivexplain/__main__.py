"""``python -m derivexplain``."""

import sys

if len(sys.path) > 1:
    sys.path.append(sys.path.pop(0))  # a random.py in this folder is not the library's

from .cli import main  # noqa: E402

sys.exit(main())
