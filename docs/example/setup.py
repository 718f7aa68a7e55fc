from setuptools import Extension, setup

setup(ext_modules=[Extension("counter", ["src/counter.c"])])
