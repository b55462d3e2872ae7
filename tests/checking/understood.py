"""What is asked of right layers in a style that must be understood: each is found, right, and proved."""

import derivexplain as dx
from derivexplain import conventions, foreign


def all_proved(path, text):
    path.write_text("import numpy as np\n" + text)
    reports = dx.check_many([f"{path}:{name}" for name, _ in foreign.find(str(path), conventions)[0]])
    for report in reports:
        assert report.outcome in ("correct", "hazards"), [f.message for f in report.findings]
        assert report.verdict.status == "proved"
    assert reports
