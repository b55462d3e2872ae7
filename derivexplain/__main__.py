"""``python -m derivexplain``."""

import sys

from .cli import main

sys.exit(main())
