"""Scripts that time one package each, in a process and an interpreter of its own.

``child.py`` is started with the interpreter of the package and the file of its
script; it needs NumPy and that package, nothing of the workbench.
"""
