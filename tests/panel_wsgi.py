"""The panel as gunicorn serves it, with templates compiled once for all tests of a process."""

import os

from jinja2 import FileSystemBytecodeCache

from web.wsgi import app

app.jinja_env.bytecode_cache = FileSystemBytecodeCache(os.environ["COMPILED_TEMPLATES"])
