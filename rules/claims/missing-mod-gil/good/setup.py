# Near miss: the same with the directive among the others.
from setuptools import Extension, setup
from Cython.Build import cythonize

extension = Extension("pkg.fast", ["pkg/fast.py"])
setup(ext_modules=cythonize([extension], compiler_directives={"language_level": 3, "freethreading_compatible": True}))
