"""Common to all tests: the helper modules beside them are importable."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
