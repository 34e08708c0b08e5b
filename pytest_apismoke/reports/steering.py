"""Characters that steer whatever shows a text, and that nobody sees. Pure."""

from __future__ import annotations

from pytest_apismoke.late_pattern import late_pattern

#: Control characters beyond ASCII, of which terminals obey some; what turns, hides or joins the
#: text around it; ends of lines that only some programs take for one; and no characters at all.
STEERING = late_pattern(
    "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
)
