"""English phrases about the film itself instead of what is in it, and how to do without them.

“The video shows a man walking, and the camera zooms in on his face” is about a video, a camera
and whoever watches. What remains is “A man walks. His face.” Props are left alone: a man may hold
a camera, play a video game or take a picture.

Each rule takes one sentence and returns what remains of it, "" where nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from studio.drafting.present import in_present, is_plural, is_someone
from studio.drafting.sentences import bare, capital

# --- words ----------------------------------------------------------------------------------------

_GAME = (
    r"(?!\s+(?:game|games|player|screen|call|conference|camera|store|card|tape|wall|frame|hunt))"
)
_WHICH = (
    r"(?:(?:opening|first|second|third|next|following|previous|final|last|closing|entire|whole|"
    r"short|main|current|same|given|provided|silent|animated|black[- ]and[- ]white|"
    r"\d+[- ]second)\s+)*"
)
_FOOTAGE = (
    r"(?:(?:video|film|movie|image|scene)\s+)?"
    r"(?:video|clip|footage|scene|image|frame|shot|picture|photo|photograph|segment|sequence|"
    r"recording|film|movie|animation|cartoon|visual)s?"
)
_META = rf"(?:the|this|these|that|our)\s+{_WHICH}{_FOOTAGE}\b{_GAME}"
# In the middle of a sentence only what cannot be a thing in the film.
_SURE = rf"(?:the|this|that)\s+{_WHICH}(?:(?:video|film)\s+)?(?:video|clip|footage)\b{_GAME}"
_CAMERA = (
    r"(?:the|a)\s+(?:hand-?held |drone |overhead |video |film |moving )?camera\b"
    r"(?:(?:’s|'s)?\s+(?:view|perspective|angle|focus|lens|shot|point of view|work|movement)s?\b)?"
)
_ADVERBS = (
    r"(?:(?:then|also|now|next|first|again|just|only|simply|mainly|mostly|further|"
    r"continuously|\w+ly)\s+)*"
)
_VIEWER = r"(?:(?:the |any )?viewers?|we|you|one)"

_SHOWING = r"""(?:
    (?:is\s+)?(?:show|depict|feature|captur|display|present|showcas|portray|illustrat|highlight
        |contain|includ|reveal|introduc|document|provid|offer|giv|follow|record|demonstrat)(?:s|es|e|ing|ed|d|s\s+off)?
    |(?:is\s+)?(?:begin|start|open|end|conclud|clos|finish|continu)(?:s|es|e|ing|ning)?
        (?:\s+(?:off|out|up))?\s+(?:with|by\s+(?:show|depict|featur|display|captur|focus)ing(?:\s+on)?|on)
    |(?:goes|go|moves?|continues?|proceeds?|serves?|aims?|seems?|appears?)
        (?:\s+on)?\s+to\s+(?:show|depict|feature|display|capture|focus\s+on|reveal|include)
    |(?:is\s+)?focus(?:es|ed|ing)?\s+(?:mainly\s+|primarily\s+)?(?:in\s+)?on
    |(?:transition|shift|switch|chang|cut|mov|fad|jump|pan|zoom|return|dissolv)(?:s|es|e|ing)?
        (?:\s+(?:back|over|in|out))?\s+(?:to|into|on\s+to|onto)(?:\s+(?:show|reveal)(?:ing)?)?
    |zooms?\s+(?:in|out)\s+(?:on|to|from|of)(?:\s+(?:show|reveal)(?:ing)?)?
    |consists?\s+of|(?:is\s+)?compos(?:es|ed)\s+of|is\s+made\s+up\s+of
    |(?:is|seems?\s+to\s+be|appears?\s+to\s+be)\s+(?:of|about)
    |leav(?:es|ing)\s+(?:the\s+)?(?:viewers?|audience|us)\s+with
    |revolves?\s+around|centers?\s+(?:on|around)|has|have
)"""
# What a showing verb may be followed by before the thing that is shown.
_TO_WHOM = rf"(?:\s+(?:us|{_VIEWER}))?"
_GLIMPSE = (
    r"(?:\s+(?:us\s+)?(?:with\s+)?an?\s+(?:[\w-]+\s+(?:and\s+)?)*"
    r"(?:glimpse|look|insight|overview|impression|sense|depiction|portrayal|representation)"
    r"\s+(?:of|into|at|on))?"
)
_TIMES = (
    r"(?:begins|starts|opens|ends|finishes|concludes|closes|progresses|continues|unfolds|goes\s+on|"
    r"plays(?:\s+out)?|comes\s+to\s+an\s+end|draws\s+to\s+a\s+close|nears\s+its\s+end|fades(?:\s+out)?)"
)
_OPENERS = (
    r"(?:(?:and|then|next|finally|overall|also|so|but|meanwhile|lastly|later|afterwards?|"
    r"additionally|furthermore|in\s+addition|at\s+first|eventually|in\s+summary|in\s+conclusion|"
    r"here|again|after\s+that)\b,?\s+)*"
)
_PLACE = (
    r"(?:in|inside|at|on|from|outside|during|near|under|over|by|along|within|through|with|"
    r"around|into|across|underwater|indoors|outdoors)"
)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\s*\n\s*", "", text), re.IGNORECASE)


# --- rules: where a sentence begins ---------------------------------------------------------------

_SHOWN_THING = _pattern(
    rf"^{_OPENERS}{_META},?\s+{_ADVERBS}{_SHOWING}{_TO_WHOM}{_GLIMPSE}(?P<that>\s+that)?:?\s+"
)
_THING_OF_PICTURES = _pattern(
    rf"^{_OPENERS}(?:(?:this|it|that|here|{_META})\s+(?:is|seems\s+to\s+be|appears\s+to\s+be)\s+)?"
    rf"(?:(?:an?|the|some)\s+)?(?:[\w-]+\s+)??(?:video|clip|video\s+clip|footage|recording|image|"
    rf"picture|photo|photograph|scene|(?:[\w-]+\s+)?shot)s?{_GAME}\s+"
    rf"(?:of|showing|shows|featuring|depicting|capturing|displaying|that\s+(?:shows|features|depicts)|"
    rf"in\s+which|where|from\s+(?:an?|the)\s+(?:movie|film|show)\s+(?:where|in\s+which|with|showing))"
    rf"\s+"
)
_THERE_IS = _pattern(
    rf"^{_OPENERS}there\s+(?:is|are)\s+(?:an?\s+)?(?:video|clip|footage|image)s?{_GAME}\s+"
    rf"(?:of|showing|with)\s+"
)
_FROM_TO = _pattern(
    rf"^{_OPENERS}{_META}\s+{_ADVERBS}(?:transition|shift|switch|change|cut|move|fade|go)(?:s|es)"
    rf"\s+from\s+(?P<one>[^,;]+?)\s+to\s+(?P<two>.+)$"
)
_FADE = _pattern(
    rf"^{_OPENERS}(?:{_META}|{_CAMERA})\s+(?:(?:ends|closes|concludes)\s+(?:with|as|by)\s+)?"
    rf"(?:an?\s+|it\s+)?{_ADVERBS}fad(?:e|es|ing)\s+(?:out\s+)?(?:in)?to\s+(?P<to>black|white)\b"
)
_WHEN_IT = _pattern(
    rf"^{_OPENERS}(?:as|when|while|after|before|once)\s+{_META}\s+{_ADVERBS}{_TIMES}\b[^,]*,\s*"
)
_IN_IT = _pattern(
    rf"^{_OPENERS}(?:in|throughout|within|during|for\s+most\s+of|across|over\s+the\s+course\s+of|"
    rf"based\s+on|according\s+to|judging\s+from|from|"
    rf"(?:as\s+)?(?:seen|shown|depicted)\s+(?:in|throughout)|"
    rf"(?:at|in|toward|towards|near|by|from|until)\s+the\s+"
    rf"(?:very\s+)?(?:start|beginning|end|middle|opening|close|conclusion|rest|first\s+half|second\s+half)\s+of)"
    rf"\s+(?:{_META}|(?:one|another|an?|some|each|every|the\s+other|the\s+different|various|a\s+series\s+of)\s+"
    rf"(?:different\s+)?"
    rf"(?:video|clip|scene|shot|image|frame)s?)\b"
    rf"(?:\s+(?:provided|given|above|below|itself))?,?\s+"
)
_SEEN_FIRST = _pattern(
    rf"^{_OPENERS}(?:in\s+which\s+|where\s+)?{_VIEWER}\s+{_ADVERBS}"
    rf"(?:(?:can|could|may|might|will|are\s+able\s+to|get\s+to|is\s+able\s+to)\s+{_ADVERBS})?"
    rf"(?:hear|hears|follow|follows|see|sees|observe|observes|notice|notices|watch|watches|view|views|find|finds|witness|"
    rf"(?:are|is)\s+{_ADVERBS}(?:shown|given|presented\s+with|treated\s+to|introduced\s+to|taken\s+to|"
    rf"left\s+with|looking\s+at|watching|seeing|greeted\s+by))(?P<that>\s+that)?:?\s+"
)
_ATTENTION = _pattern(
    rf"^{_OPENERS}(?:(?:the\s+)?viewers?(?:’s|'s|’|')?|our|the\s+audience(?:’s|'s)|the)\s+"
    rf"(?:attention|eyes?|gaze|focus)\s+(?:is|are)\s+{_ADVERBS}(?:drawn|directed|led|brought|on)\s+(?:to\s+)?"
)
_I_SEE = _pattern(rf"^{_OPENERS}I\s+(?:can\s+)?(?:also\s+)?see(?P<that>\s+that)?\s+")
_VIEWER_IN = _pattern(
    rf"^{_OPENERS}we\s+(?:are|move|go|travel|fly|drive|walk)\s+(?:now\s+)?"
    rf"(?:taken\s+|brought\s+|led\s+|transported\s+)?(?={_PLACE}\b)"
)
_ANGLE_SHOWING = _pattern(
    r"^(?:from\s+)?an?\s+[\w-]+\s+(?:perspective|point\s+of\s+view|angle),?\s+showing\s+"
)
_EVIDENT = _pattern(
    rf"^{_OPENERS}(?:it\s+(?:can\s+be\s+seen|is\s+(?:clear|evident|apparent|visible)|"
    rf"appears|seems|looks\s+like)(?:\s+(?:from|in)\s+{_META})?)\s+(?:that\s+)?"
)
_FOCUS = _pattern(
    rf"^{_OPENERS}(?:the|{_META}(?:’s|'s)?)\s+(?:main\s+|primary\s+|central\s+)?(?:focus|subject|topic)"
    rf"(?:\s+of\s+{_META})?\s+(?:is|seems\s+to\s+be|appears\s+to\s+be)\s+(?:on\s+)?"
)
_WHERE = _pattern(r"^(?P<place>(?:in|at|on|inside|outside|near)\s+[^,]+),?\s+where\s+(?=\w+\s+\w)")
_ANGLES = _pattern(r"\s+from\s+(?:different|various|multiple|several|all|many)\s+angles\b")
_AS_HE = _pattern(
    r"^(?P<who>(?:a|an|the|his|her|two|three)\s+(?:[\w-]+\s+){1,7}?)as\s+(?:he|she|it|they)\s+(?=\w)"
)
_HER_AS_SHE = _pattern(
    r"^(?:him|her|them|it)\s+(?:\w+\s+){0,2}?(?:as|while)\s+(?P<she>he|she|they|it)\s+(?=\w)"
)
_IT_SHOWS = _pattern(
    rf"^{_OPENERS}{_META}\s+{_ADVERBS}(?:is|was|are|seems|appears|looks|has|does|with|begins|starts)\b"
    rf"(?:[^,.;]*,\s*(?:as|and|but|since|because|so)|\s+(?:in\s+black\s+and\s+white|[\w-]+)\s+(?:and|but))\s+(?:it\s+)?{_ADVERBS}"
    rf"{_SHOWING}(?P<that>\s+that)?\s+"
)
_IT = _pattern(
    rf"^it\s+{_ADVERBS}(?:(?:shows|features|depicts|captures|showcases|portrays)|"
    rf"(?:begins|starts|opens|ends)\s+with)\s+"
)
_TAKES = _pattern(
    rf"^{_OPENERS}{_META}\s+{_ADVERBS}takes\s+(?:us|you|(?:the\s+)?viewers?)\s+"
    rf"(?:on\s+an?\s+(?:\w+\s+)?(?:journey|tour|trip|ride)\s+)?(?:to\s+)?(?={_PLACE}\b|\w)"
)
_SEVERAL_SCENES = _pattern(
    r"^(?:multiple|several|various|different|many)\s+(?:different\s+)?(?:scenes|shots|clips|images),?\s+"
    r"(?:including|such\s+as|like|of|showing)\s+"
)
_SHOWS_NO = _pattern(
    rf"^{_OPENERS}{_META}\s+(?:does\s+not|doesn’t|doesn't)\s+(?:show|depict|contain|feature|include)"
    rf"\s+(?:any\s+|an?\s+)?"
)
_OWNED = _pattern(rf"\b(?P<the>the|this)\s+{_WHICH}(?:video|clip|film|scene|footage)(?:’s|'s)\s+")
_SET_IN = _pattern(
    rf"^{_OPENERS}{_META}\s+{_ADVERBS}(?:(?:is|was|are|seems\s+to\s+be|appears\s+to\s+be)\s+{_ADVERBS}"
    rf"(?:set|shot|filmed|recorded|taken|captured|located|situated|taking\s+place)|"
    rf"takes?\s+place|(?:seems|appears)\s+to\s+(?:take\s+place|be)|happens|occurs|unfolds|"
    rf"begins|starts|opens|ends|continues|closes|concludes)\s+(?={_PLACE}\b)"
)
_CLAUSE_AFTER = _pattern(
    rf"^{_OPENERS}{_META}\s+{_ADVERBS}(?:begins|starts|opens|ends|concludes|closes|continues|finishes)"
    rf"\s+(?:as|when|while|after|where|because)\s+"
)
_ABOUT_MAKING = _pattern(
    rf"^{_OPENERS}{_META}\s+(?:is|was|seems|appears|looks|has\s+been|are)\s+(?:to\s+be\s+)?{_ADVERBS}"
    rf"(?:(?:very|quite|rather|a\s+bit|slightly|in|of|well|an?)[\s-]+)*"
    rf"(?:short|long|brief|blurry|shaky|grainy|clear|low[- ]quality|high[- ]quality|informative|"
    rf"educational|entertaining|engaging|edited|sped|slow[- ]motion|fast[- ]paced|loop(?:ed|ing)?|"
    rf"visually|interesting|captivating|done|made|repeated|silent)\b.*$"
)
_STATE = _pattern(
    rf"^{_OPENERS}{_META}\s+{_ADVERBS}(?:is|are|seems|appears|looks|feels|remains|becomes)\s+"
    rf"(?:to\s+be\s+)?{_ADVERBS}(?=\w)"
)
_ONLY_TIMES = _pattern(rf"^{_OPENERS}(?:{_META}|{_CAMERA})\s+{_ADVERBS}{_TIMES}(?:\s+there)?[.!]*$")

# --- rules: the camera ----------------------------------------------------------------------------

_DIRECTION = (
    r"to\s+the\s+(?:left|right|side|other\s+side)|from\s+(?:left|right|side|one\s+side)\s+to\s+"
    r"(?:left|right|side|the\s+other)|from\s+side\s+to\s+side|up\s+and\s+down|back\s+and\s+forth"
)
_CAMERA_ACROSS = _pattern(
    rf"^{_OPENERS}{_CAMERA}\s+{_ADVERBS}(?:pan|mov|sweep|travel|glid|fl|go)(?:s|es|ies|ing|ning)?\s+"
    rf"{_ADVERBS}(?P<place>(?:across|around|over|along|through|past)\s+[^,]+?),?\s+(?:and\s+)?(?:to\s+)?"
    rf"(?:show|reveal|captur|focus\w*\s+on|includ)(?:s|es|e|ing)?\s+(?P<rest>.+)$"
)
_CAMERA_SEES = _pattern(
    rf"^{_OPENERS}{_CAMERA}\s+{_ADVERBS}(?:is\s+|remains\s+|stays\s+|keeps\s+)?{_ADVERBS}"
    rf"(?:focus|zoom|pan|tilt|cut|shift|mov|follow|track|captur|show|reveal|turn|pull|hold|"
    rf"linger|switch|chang|transition|fad|return|swing|point|sweep|circl|glid|ris|record|film|fl|hover|soar|"
    rf"document|fix|aim|trail|stay|go|push|pick)"
    rf"(?:s|es|ies|y|ying|e|ed|ing|ning|ting)?\b(?:\s+(?:in|out|back|away|up|down|left|right|around|over|closer|"
    rf"slowly|gently|upwards?|downwards?|forwards?|upward|further|{_DIRECTION})\b)*"
    rf"(?:\s*,?\s+(?:and\s+)?(?:to\s+)?(?:then\s+)?(?:show|reveal|focus|captur|follow|includ|settl|zoom|display)"
    rf"(?:s|es|e|ing)?\b(?:\s+(?:in\s+|out\s+)?(?:on|in))?)?"
    rf"(?:\s+(?:on|to|towards?|onto|across|around|over|through|along|into|at|from|of|between|past|"
    rf"in\s+on|up\s+on))*(?:\s+|(?=[.,;!])|$)"
)
_CAMERA_STATE = _pattern(rf"^{_OPENERS}{_CAMERA}\s+.*$")
_PROP_VERBS = (
    r"(?:hold|adjust|set|sett|pick|carry|carri|grab|rais|lift|lower|operat|us|tak|hand|turn|clean|"
    r"pos|put|plac|mount|lower|wear|drop|giv|clutch|examin|fix)(?:s|es|e|ing|ting|ies)?"
)
_PROP = _pattern(
    rf"\b{_PROP_VERBS}\s+(?:up\s+|down\s+)?(?:the|a)\s+(?:[\w-]+\s+)?camera\b"
    rf"|\b(?:his|her|their|its|two|three|several|many|another|digital|security|film|video|news|some)\s+"
    rf"(?:[\w-]+\s+)?cameras?\b|\bcamera(?:man|\s+crew|\s+operator|\s+bag|\s+lens|\s+equipment|\s+around)"
    rf"|\b(?:with|and|or|is|are)\s+a\s+(?:[\w-]+\s+)?camera\b(?!\s+(?:that|follow|pann|zoom|focus))"
)
_WHOM = rf"(?:{_CAMERA}(?:\s+(?:lens|operator))?|the\s+viewers?)"
_LOOK = (
    r"(?:look|looks|looking|looked|gaze|gazes|gazing|stare|stares|staring|glance|glances|glancing)"
)
_AT_CAMERA = (
    # what is done with the eyes or the face keeps a direction
    (_pattern(rf"\b({_LOOK})\s+(?:directly\s+|straight\s+)?(?:back\s+)?(?:at|into|to|towards?)\s+{_WHOM}"),
     r"\1 straight ahead"),
    (_pattern(rf"\b(fac(?:e|es|ing|ed))\s+(?:towards?\s+)?{_WHOM}"), r"\1 forward"),
    (_pattern(rf"\b(turn(?:s|ing|ed)?)\s+(?:back\s+)?(?:to|towards?)\s+{_WHOM}"), r"\1 around"),
    (_pattern(rf"\b((?:walk|com|mov|runn?|driv|rid|swimm?|danc|approach|lean|reach|point|step|fly)"
              rf"(?:s|es|e|ing)?)\s+(?:directly\s+)?(?:towards?|to|at)\s+{_WHOM}"), r"\1 forward"),
    (_pattern(rf"\bback(s?)\s+(?:turned\s+)?(?:to|towards?)\s+{_WHOM}"), r"back\1 turned"),
    (_pattern(rf"\b(approach(?:es|ing)?)\s+{_WHOM}"), r"\1"),
    (_pattern(rf",?\s+(?:and\s+)?as\s+if\s+(?:\w+\s+)?(?:talking|speaking|looking|posing)\s+"
              rf"(?:to|at|for|into)\s+{_WHOM}"), ""),
    (_pattern(rf"\s+(past|by)\s+{_WHOM}"), r" \1"),
    (_pattern(rf"\s+(?:directly\s+|straight\s+|right\s+)?"
              rf"(?:in\s+front\s+of|at|to|into|towards?|for|from|with|near|behind|off|on)\s+"
              rf"{_WHOM}(?:\s+(?:lens|operator))?"), ""),
    (_pattern(r"\s+(?:on|off)[- ]camera\b"), ""),
)  # fmt: skip

# --- rules: anywhere ------------------------------------------------------------------------------

_AS_SEEN = _pattern(
    rf"(?<!\bbe),?\s+(?:as\s+)?(?:(?:that\s+(?:is|are)\s+|which\s+(?:is|are)\s+)?"
    rf"(?:shown|seen|visible|featured|depicted|displayed|captured|portrayed|presented)\s+)?"
    rf"(?:in|throughout|during|of|across|at\s+the\s+(?:start|beginning|end)\s+of)\s+"
    rf"(?:the|this)\s+(?:rest\s+of\s+the\s+)?{_WHICH}(?:(?:video|film)\s+)?"
    rf"(?:video|clip|footage|image|scene|shot|frame)s?\b{_GAME}"
)
_ENTERS_FRAME = _pattern(r"\b(enter|leav|exit)(s|es|ing)?\s+(?:the|this)\s+(?:frame|shot)\b")
_INTO_FRAME = _pattern(r"\s+into\s+(?:the\s+)?(?:frame|shot)\b")
_IN_FRAME = _pattern(r"\s+in\s+(?:the\s+)?(?:frame|shot)\b")
_OUT_OF_FRAME = _pattern(r"\s+out\s+of\s+(?:the\s+)?(?:frame|shot|screen)\b")
_OFF_SCREEN = _pattern(r"\s+off(?:-|\s+(?:the\s+)?)screen\b")
_MAKING = _pattern(
    rf"\b((?:film|record|shoot|captur|mak|tak)ing)\s+{_SURE}|,?\s+(?:filmed|captured|recorded)\s+by\s+{_CAMERA}"
)
_OF_IT = _pattern(rf"\b(?:of|in|for|throughout|to|from|by)\s+{_SURE}")
_IS_SEEN = _pattern(
    r"\b(is|are|was|were)\s+(?:also\s+|then\s+|now\s+|briefly\s+|first\s+|later\s+)?(?:seen|shown|depicted|captured|visible)"
    r"\s+(?=(?:\w+ly\s+)?(?:\w+ing|in|on|at|near|behind|next|from|inside|outside|under|with|standing)\b)"
)
_CAN_BE_SEEN = _pattern(
    r"(?P<link>^|,?\s+(?:and|while|but)\s+)(?P<who>(?:an?|the|his|her|their|two|three|four|several|"
    r"many|some|people)\b[^,;]{0,60}?)\s+can\s+(?:also\s+|then\s+)?be\s+(?:seen|observed|spotted)\s+"
    r"(?=(?:\w+ly\s+)?(?:\w+ing|\w+ed|in|on|at|near|behind|next|inside|outside|under|beside|around|through)\b)"
)
_FOR_VIEWER = _pattern(
    r",?\s+(?:(?:which|that)\s+)?(?:allow|lett?|giv|invit|leav|draw|tak|help|provid|mak|remind|engag|keep)(?:s|es|e|ing)"
    r"\s+(?:the\s+)?(?:viewers?|audience|us)\b[^.;]*"
)
_FEEL = _pattern(
    r",?\s+(?:(?:creating|adding|giving|conveying|evoking|capturing)\s+)[^.;]*\b"
    r"(?:to|of|for)\s+(?:the\s+)?(?:overall\s+)?(?:scene|video|viewers?|clip|footage)\b[^.;]*"
)
_WHO_SEES = rf"(?:{_SURE}|(?:the|this)\s+(?:scene|shot|frame|image)\b|{_CAMERA}|{_VIEWER})"
_PARTS = _pattern(
    rf"(?:,\s*|;\s*|\s+)(?:(?:and|but|while|as|before|until|when|where|so)\s+(?:then\s+)?)"
    rf"(?={_WHO_SEES}\s+{_ADVERBS}(?:can\s+|could\s+|is\s+|are\s+|goes\s+|keeps\s+|continues\s+)?{_ADVERBS}"
    rf"(?:{_SHOWING}|{_TIMES}|see|notice|observe|watch|focus|zoom|pan|tilt|cut|follow|mov|captur|pull|"
    rf"turn|hold|linger|track|remain|stay|shak|go|swing|circl|shown|introduced|get|film|record)\w*)"
)
_OF_THE_FILM = _pattern(rf"^{_OPENERS}{_META}\s+(?!(?:is|was|are)\b)")
_GOES_ON = _pattern(
    r"(?:,\s*(?:and\s+|but\s+)?|\s+and\s+)(?:(?:then|later|also|finally|eventually|next|now)\s+)*"
    r"(?=(?:cuts?|transitions?|shifts?|switches|fades?)\s+(?:back\s+)?to\b"
    r"|(?:shows|features|depicts|showcases|displays|captures)\s"
    r"|(?:ends|concludes|finishes|closes|continues|begins|starts|opens)\s+(?:with|by|as|when|to\s+show)\b)"
)
"""Where what is told of the film itself goes on: “… and then shows a woman”."""
_WHOSE = _pattern(r"\b(?:who|which|that)\b[^,]*$")
_AS_CAMERA = _pattern(
    rf"^{_OPENERS}(?:as|when|while|once)\s+(?P<one>{_CAMERA}\s[^,]*),\s*(?P<two>.+)$"
)
_AS_MEANWHILE = _pattern(
    rf"^(?:as|when|while|once)\s+(?P<one>[^,]+),\s*(?P<two>(?:{_CAMERA}|{_META}|{_VIEWER})\s.+)$"
)
_WITH_CAMERA = _pattern(rf",?\s+with\s+(?={_CAMERA}\s+{_ADVERBS}\w+ing\b)")

_REFERS = _pattern(
    rf"\b{_SURE}|\b(?:the|this)\s+(?:scene|image|shot|frame|segment|sequence)\s+"
    rf"(?:then\s+|also\s+)?(?:shows?|depicts?|features?|captures?|begins?|starts?|ends?|cuts?|shifts?|"
    rf"transitions?|changes|switches|fades?)\b"
    rf"|\b(?:the\s+)?viewers?\b|\bwe\s+(?:can\s+|also\s+|then\s+)?(?:see|notice|observe|watch)\b"
    rf"|\b(?:one|you)\s+can\s+(?:also\s+)?see\b|^we\s"
)
_LEADS = _pattern(
    rf"^(?:the|this|these|in\s+(?:the|this))\s+{_WHICH}"
    rf"(?:video|clip|footage|scene|image|frame|shot|picture|photo|segment|sequence|animation)s?\b{_GAME}"
    rf"(?!\s+(?:on|of|above|behind|hanging)\s)"  # a thing that is in the film
)
_THE_CAMERA = _pattern(r"\b(?:the|a|camera)\s*(?:[\w-]+\s+)?camera\b|\bcamera\b")

_PRONOUNS = {"him", "her", "them", "it", "this", "these", "that", "us", "each", "both", "all"}


def refers(sentence: str) -> bool:
    """Whether a sentence still speaks of the film itself, of its camera or of who watches it."""
    if _LEADS.search(sentence) or _REFERS.search(sentence):
        return True
    return bool(_THE_CAMERA.search(_PROP.sub("", sentence)))


def parts(sentence: str) -> list[str]:
    """The sentence cut before clauses about the film, “…, and the camera zooms …”."""
    going_on = next(_goings_on(sentence), None)
    if going_on is not None:
        told, more = sentence[: going_on.start()], sentence[going_on.end() :]
        return [*parts(told), *parts(f"The video {more}")]
    first = _AS_CAMERA.match(sentence) or _AS_MEANWHILE.match(sentence)
    if first is not None:
        return [first["one"], *parts(first["two"])]
    found, start = [], 0
    for match in _PARTS.finditer(sentence):
        found.append(sentence[start : match.start()])
        start = match.end()
    rest = [one for piece in [*found, sentence[start:]] for one in _WITH_CAMERA.split(piece)]
    return [one.strip() for one in rest if one and one.strip()]


def _goings_on(sentence: str) -> Iterator[re.Match[str]]:
    """Where a sentence about the film itself says a second thing of it."""
    if _OF_THE_FILM.match(sentence) is None:
        return
    for match in _GOES_ON.finditer(sentence):
        # in “a man who waves and shows a card” it is the man who shows
        if _WHOSE.search(sentence[: match.start()]) is None:
            yield match


def without_references(sentence: str) -> str:
    """What a sentence says of what is in the film, "" where that is nothing; no full stop added."""
    text = sentence.strip()
    for _ in range(_MOST_TURNS):
        before = text
        for rule in _RULES:
            text = rule(text).strip()
        if text == before:
            break
    return text


_MOST_TURNS = 8  # rules feed each other; no sentence has been seen to need more than four


def _phrase(text: str) -> str:
    """What was shown, as a sentence."""
    doing = _AS_HE.match(text)
    if doing is not None and is_someone(doing["who"]):
        return capital(doing["who"] + text[doing.end() :])
    return capital(in_present(text))


def _shown(text: str) -> str:
    none = _SHOWS_NO.match(text)
    if none is not None:
        return f"No {text[none.end() :]}"
    match = _IT_SHOWS.match(text) or _SHOWN_THING.match(text)
    if match is None:
        match = _IT.match(text) or _SEVERAL_SCENES.match(text)
        return text if match is None else _phrase(text[match.end() :])
    return capital(text[match.end() :]) if match["that"] else _phrase(text[match.end() :])


def _pictured(text: str) -> str:
    for pattern in (_THERE_IS, _THING_OF_PICTURES):
        match = pattern.match(text)
        if match is not None:
            return _phrase(text[match.end() :])
    return text


def _changes(text: str) -> str:
    fade = _FADE.match(text)
    if fade is not None:
        return f"Fade to {fade['to']}{text[fade.end() :]}"
    match = _FROM_TO.match(text)
    if match is not None:
        return capital(f"{match['one']}, then {match['two']}")
    focus = _FOCUS.match(text) or _ANGLE_SHOWING.match(text)
    return _WHERE.sub(r"\g<place>, ", text) if focus is None else _phrase(text[focus.end() :])


def _seen(text: str) -> str:
    attention = _ATTENTION.match(text)
    if attention is not None:
        return _phrase(text[attention.end() :])
    match = _SEEN_FIRST.match(text) or _I_SEE.match(text)
    if match is not None:
        rest = text[match.end() :]
        return capital(rest) if match["that"] else _phrase(rest)
    return text


def _cut_front(*patterns: re.Pattern[str]) -> Callable[[str], str]:
    def cut(text: str) -> str:
        for pattern in patterns:
            match = pattern.match(text)
            if match is not None:
                return capital(text[match.end() :])
        return text

    return cut


def _camera(text: str) -> str:
    across = _CAMERA_ACROSS.match(text)
    if across is not None:
        return capital(f"{across['place']}, {in_present(across['rest'])}")
    match = _CAMERA_SEES.match(text)
    if match is not None:
        return _followed(_ANGLES.sub("", text[match.end() :].strip(" ,;")))
    match = _CAMERA_STATE.match(text)
    return "" if match is not None and not _PROP.search(text) else text


def _followed(rest: str) -> str:
    """What the camera shows, as a sentence; "" where it is only “him” or “it”."""
    named = _HER_AS_SHE.sub(r"\g<she> ", rest)
    names = named.split()
    if not named.strip(" .!"):
        return ""
    phrase = _phrase(named)
    alone = len(names) == 1 or phrase == capital(named)
    return "" if bare(names[0]) in _PRONOUNS and alone else phrase


def _gazes(text: str) -> str:
    held = _PROP.search(text) is not None
    for pattern, instead in _AT_CAMERA:
        if not (held and instead == ""):
            text = pattern.sub(instead, text)
    return text


def _anywhere(text: str) -> str:
    text = _OWNED.sub(r"\g<the> ", _FEEL.sub("", _FOR_VIEWER.sub("", text)))
    text = _MAKING.sub(lambda match: match[1] or "", text)
    text = _AS_SEEN.sub("", text)
    text = _ENTERS_FRAME.sub(r"\1\2", text).replace("leavs", "leaves")
    text = _OFF_SCREEN.sub("", text)
    text = _OUT_OF_FRAME.sub(" away", _INTO_FRAME.sub(" in", _IN_FRAME.sub("", text)))
    text = _OF_IT.sub("", text)
    return _IS_SEEN.sub(r"\1 ", text)


def _can_be_seen(text: str) -> str:
    def there(match: re.Match[str]) -> str:
        plural = is_plural(match["who"])
        if plural is None:
            return match[0]
        return f"{match['link']}{match['who']} {'are' if plural else 'is'} "

    return _CAN_BE_SEEN.sub(there, text)


_RULES: tuple[Callable[[str], str], ...] = (
    _changes,
    _shown,
    _pictured,
    _cut_front(_WHEN_IT, _TAKES, _IN_IT, _EVIDENT, _VIEWER_IN, _SET_IN, _CLAUSE_AFTER),
    _seen,
    _cut_front(_ABOUT_MAKING, _ONLY_TIMES),
    _cut_front(_STATE),
    _camera,
    _gazes,
    _anywhere,
    _can_be_seen,
)
