"""The site of the guide: pages as they are here, and a page per rule, which `ungil rules pages` writes before."""

project = "ungil"
author = "the authors of ungil"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["example", "requirements.txt"]
html_theme = "furo"
html_title = "ungil"
html_copy_source = False
html_show_sphinx = False
# Nothing of the site is fetched from elsewhere, and no time of day is in it.
html_last_updated_fmt = None
pygments_style = "default"
highlight_language = "text"
# Cython and console blocks may hold what the lexers do not know.
suppress_warnings = ["misc.highlighting_failure"]
