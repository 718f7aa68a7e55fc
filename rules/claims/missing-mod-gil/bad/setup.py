# A module out of a Python file, compiled without the directive.
from setuptools import Extension, setup
from Cython.Build import cythonize

extension = Extension("pkg.fast", ["pkg/fast.py"])  # FIRES
setup(ext_modules=cythonize([extension], compiler_directives={"language_level": 3}))
