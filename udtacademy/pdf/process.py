"""The process that makes PDF files: a task comes in as JSON, the files go out. It knows nothing else of the site."""

import json
import os
import resource
import sys


def main() -> None:
    task = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (task["memory"], task["memory"]))
    # Should the site end before it ends this process.
    resource.setrlimit(resource.RLIMIT_CPU, (task["seconds"], task["seconds"]))
    os.nice(5)  # pages come first
    import typst  # noqa: PLC0415 - heavy library rarely needed

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[task["fonts"]])
    for data in task["data"]:
        content = typst.compile(
            task["template"],
            root=task["root"],
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"data": data},
            format=task["form"],
            pdf_standards=task["standards"],
            package_path=os.devnull,
            package_cache_path=os.devnull,
        )
        sys.stdout.buffer.write(len(content).to_bytes(8, "big"))
        sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main()
