"""Words of English that tell the time of a sentence, sorted by how surely they do.

A past form is listed where it is unlike the participle (“took”), or where the verb takes no object
and so has no passive (“stood”). Words that are also a present form or a noun in descriptions
(“lay”, “saw”, “rose”, “felt”) count only behind a pronoun that is a subject.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SUBJECT_PRONOUNS = frozenset({"he", "she", "they", "we", "i"})

DETERMINERS = _words(
    """
    a an the his her its their this that these those some each every another one two three four
    several many both all no any my our your
    """
)

AUXILIARIES = _words(
    """
    is are am be been being was were isn't aren't wasn't weren't has have having had hasn't
    haven't hadn't get gets getting got he's she's it's they're we're there's who's that's
    they've man's woman's
    """
)
"""Words behind which an -ed form is a participle."""

SUBORDINATING = _words(
    """
    who whom whose which that where when what how why if though although because since than once
    after before until till unless whether wherever whenever whatever
    """
)
"""Words after which another time than the present is right: “the man who stole it”."""

PAST_BE = frozenset({"was", "were", "wasn't", "weren't"})
PAST_AUXILIARIES = frozenset({"had", "hadn't", "did", "didn't"})

PAST_ONLY = _words(
    """
    went took gave ran began ate drank rode wrote woke chose froze wore tore swore shook forgot
    fell flew grew knew threw drew blew sang sank rang swam sprang shrank overtook undertook
    mistook hid arose withdrew overcame awoke forgave forbade foresaw strode
    """
)
"""Past forms unlike the participle, and neither noun nor present form."""

PAST_INTRANSITIVE = _words(
    """
    sat stood wept slept crept knelt leapt came became walked looked smiled nodded laughed
    stared glanced jumped arrived waited listened stepped hurried danced sighed  shrugged
    grinned frowned blinked winked gasped screamed shouted whispered stumbled tiptoed wandered
    strolled galloped crawled appeared disappeared vanished remained entered exited happened
    seemed lunged emerged cried yelled giggled chuckled sobbed trembled shivered staggered
    limped marched sprinted jogged raced leaped hopped skipped yawned coughed sneezed snored
    mumbled muttered chatted talked gazed peered gestured hesitated flinched winced smirked
    scowled beamed glared squinted barked growled howled roared hissed cheered flickered glowed
    sparkled arose fainted snarled panted swaggered lurked loitered
    """
)
"""Past forms that are hardly ever a participle behind a noun: “the man sat”."""

PAST_BEHIND_PRONOUN = _words(
    """
    saw rose spoke stole lay left felt found heard lost made met paid said sold sent shot spent
    told thought understood won brought bought caught taught built bent dug fed fought hung held
    kept led lit meant slid stuck struck swung swept spun broke drove got bore stank wound
    sought bit paused flung clung stung laid fled bled sped
    """
)
"""Past forms that may be something else behind a noun, but not behind “she”."""

NOT_PAST = _words(
    """
    need needs indeed seed feed bleed speed reed weed breed heed shed wed bed red sled hundred
    naked wicked sacred rugged ragged wretched embed spread thread bread instead ahead infrared
    shred bobsled moped biped hatred kindred watershed exceed proceed succeed
    """
)
"""Words in -ed that are not a past form."""

NAMING = _words(
    """
    called named titled entitled labelled labeled marked headed dubbed billed dressed seated
    armed covered filled used supposed handed given shown offered lined packed crowded tilted
    raised lowered based numbered dated signed captioned
    """
)
"""-ed forms that stand behind a noun with more words after them: “a boat named the Swan”."""

CLAUSE_OPENERS = _words(
    """
    and but then as while or so now when suddenly slowly quickly finally again later
    """
)
"""Words before a pronoun that is the subject of its own clause, not of “the letter he wrote”."""

OBJECT_BEGINNINGS = _words(
    """
    a an the his her their its him them it
    """
)
"""Words that begin an object: an -ed form before them is mostly a past form."""

PREPOSITIONS = _words(
    """
    at to toward towards of before behind past around facing beside by above below from with
    over into near between for on under
    """
)

NO_SUBJECTS = _words(
    """
    their as like having being
    """
)
"""Words that do not begin what can be the subject of a verb in the past."""

VERBS_OF_I = _words(
    """
    am see can could think watch hear was will would have had notice believe guess know look
    find feel must do did
    """
)

OURS = _words(
    """
    hero heroes heroine eyes view gaze attention screen screens protagonist protagonists left
    right friend friends main point
    """
)
"""What describers call ours; “our donors” stands in credits."""

FUNCTION_WORDS = DETERMINERS | _words(
    """
    and or but as at by for from in into of off on onto out over to up with is are it he she
    they him them who which while then there not now down back away
    """
)
"""Words that are said again all the time."""

LIKE_NAMES = _words(
    """
    many they then them there these those with when what where while mark marks made make along
    alone above about after again also among another around away back both come done down each
    even ever every from give gone here high hold inside into just last late later left light
    like long look more most much near next none once only onto open other outside over past
    some soon still such take than that this through turn under until upon very well went were
    will without your anger angry dance jean jeans jack jacks pair paul pall rose roses grace
    marry merry mare bill bell wall park dark hard card
    """
)
"""Words that differ from common names in a letter or none and may begin a sentence."""

PAST_HELPERS = PAST_BE | PAST_AUXILIARIES
PAST_ANYWHERE = PAST_ONLY | PAST_INTRANSITIVE
NEVER_SUBJECTS = PREPOSITIONS | NO_SUBJECTS

PERSONS = _words("we i us our ours you your yours me my mine")
"""Words of the first and second person."""

MAYBE_PAST = (
    PAST_BE | PAST_AUXILIARIES | PAST_ONLY | PAST_INTRANSITIVE | PAST_BEHIND_PRONOUN | {"will"}
)
"""Listed words that may tell another time; besides, those in -ed and -'ll do."""
