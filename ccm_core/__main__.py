"""``python -m ccm_core`` is ``ccm``, where scripts of the environment are not on the path."""

from ccm_core.cli import main

if __name__ == "__main__":
    main()
