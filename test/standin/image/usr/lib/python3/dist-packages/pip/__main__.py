"""`python -m pip` is the same stand-in as the pip command."""
import sys
sys.path.insert(0, '/opt/lean-standin')
from standin import pip
sys.exit(pip.main(sys.argv[1:]))
