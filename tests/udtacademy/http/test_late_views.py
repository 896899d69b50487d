import subprocess
import sys

START = """
import udtacademy.wsgi
from django.urls import get_resolver
get_resolver().reverse_dict
import sys
print(*sorted({"jwt", "openpyxl", "programme.imports.labels", "pydantic", "requests"} & sys.modules.keys()))
"""


def test_a_web_process_starts_without_the_libraries_that_few_pages_need():
    loaded = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)

    assert loaded.stdout == "\n"
