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

PAST_OF_THINGS = _words(
    """
    closed opened shut slammed turned moved stopped started continued dimmed faded rolled slid
    swung spun rose drifted floated fluttered burned exploded crashed collapsed burst dropped
    landed settled slowed melted hung broke cracked shattered echoed swayed rattled creaked passed
    approached returned ended sped bounced
    """
)
"""Past forms that tell what a thing did where its sentence has no other verb: “the door closed
behind her”. With a comma after it that may be a state: “the door closed behind her, she waits”."""

PAST_OF_PEOPLE = _words(
    """
    fought spoke said felt heard met thought understood won bought brought sought drove clung bit
    paused fled bled dug leaned rushed climbed crossed reached headed knocked hugged kissed
    struggled played worked prayed swallowed ducked stooped landed returned moved attacked
    """
)
"""Past forms that tell what somebody did where the sentence has no other verb."""

SOMEBODY = _words("somebody someone everybody everyone nobody anybody anyone")

PEOPLE = _words(
    """
    hand hands arm arms car cars train bus truck van ship boat plane helicopter taxi crew police
    people man men woman women boy boys girl girls child children kid kids baby soldier soldiers
    guard guards officer officers friend friends couple crowd king queen prince princess knight
    knights
    doctor nurse teacher student students worker workers driver rider riders dancer dancers
    mother father brother brothers sister sisters son daughter stranger strangers dog dogs cat
    cats horse horses bird birds bear wolf wolves rabbit squirrel squirrels dragon
    """
)
"""Who acts of themselves, so that a past form behind them is hardly a participle."""

NATURE = _words(
    """
    rain snow smoke water tears steam fog mist dust blood thunder lightning music waves leaves
    flames sparks ash sand light darkness silence night dawn
    """
)
"""What moves of itself and needs no article."""

PAST_OF_NATURE = _words(
    """
    rose drifted poured dripped rolled streamed trickled billowed swirled crackled burst spread
    dimmed faded echoed floated fluttered flashed rumbled boomed splashed
    """
)

PAST_WITH_OBJECT = _words(
    """
    found caught left fought held kept led lit brought bought built made met said sold sent shot
    spent told taught won broke stole struck swept drew felt heard saw understood flung hung
    sought paid lost bent
    """
)
"""Irregular forms that are the past where an object follows: “Maria found a key”."""

PLACES_OF_LEFT = _words("bottom top far further farther centre center middle upper lower stage")
"""Words before “left” that make it a side."""

UNCHANGED = _words("put cut hit read set let hurt shut beat quit split bet cast")
"""Past forms like the present ones but for its -s: “he put the cup down”."""

INDEFINITE = _words("a an some another")

PLURALS = _words("men women children people police")
"""Plurals without -s."""

FINISHING = _words("up out off away")
"""Particles between a verb and its object; others may stand before a place."""

PARTICLES = _words("away back up down out off around together apart again there over past")
"""Words that end a sentence behind its verb."""

COLOURS = _words("red white yellow pink black blue orange single wild wilted dried english compass")
"""Words before “rose” that make it a flower."""

NO_PRESENT = _words(
    """
    his its hers theirs this towards across always perhaps besides sometimes downstairs upstairs
    indoors outdoors backwards forwards afterwards as us yes
    """
)
"""Words in -s that are no verb in the present."""

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
    based numbered dated signed captioned
    """
)
"""-ed forms that stand behind a noun with more words after them: “a boat named the Swan”."""

CLAUSE_OPENERS = _words(
    """
    and but then as while or so now when suddenly slowly quickly finally again later
    """
)
"""Words before a pronoun that is the subject of its own clause, not of “the letter he wrote”."""

OPENERS = CLAUSE_OPENERS | _words("outside inside meanwhile soon nearby below above afterwards")
"""Words that may stand before the subject of a sentence."""

OBJECT_BEGINNINGS = _words(
    """
    a an the his her their its him them it himself herself itself themselves
    """
)
"""Words that begin an object: an -ed form before them is mostly a past form."""

NO_OBJECTS = frozenset(
    {
        ("the", "other"),
        ("the", "same"),
        ("the", "size"),
        ("the", "next"),
        ("the", "day"),
        ("a", "crack"),
    }
)
"""What follows a form without being its object: “her head turned the other way”."""

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
    hero heroes heroine heads feet faces eyes view gaze attention screen screens protagonist
    protagonists left right friend friends main point
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

BEFORE_NOUNS = (DETERMINERS | PREPOSITIONS) - {"her"}
"""Words behind which a word in -s is a noun; “behind her creaks” may go on with a verb."""

PLACES = PREPOSITIONS | _words("in through across along against off out onto inside outside")
"""Words that begin where or whither something happens."""

PAST_HELPERS = PAST_BE | PAST_AUXILIARIES
PAST_ANYWHERE = PAST_ONLY | PAST_INTRANSITIVE
NEVER_SUBJECTS = PREPOSITIONS | NO_SUBJECTS

PERSONS = _words("we i us our ours you your yours me my mine")
"""Words of the first and second person."""

MAYBE_PAST = (
    PAST_BE
    | PAST_AUXILIARIES
    | PAST_ONLY
    | PAST_INTRANSITIVE
    | PAST_BEHIND_PRONOUN
    | PAST_OF_PEOPLE
    | PAST_OF_THINGS
    | PAST_OF_NATURE
    | UNCHANGED
    | {"will"}
)
"""Listed words that may tell another time; besides, those in -ed and -'ll do."""
