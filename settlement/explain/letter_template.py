"""The template of the letter to a subscriber: its sentences in their order, then its words.

Each sentence stands whole, with the facts in braces that letter.py, letter_relief.py and
letter_readings.py work out. It needs no telecom terms.
"""

from doisoat.messages.text import message, message_in, template

# --- what stands around the letter ----------------------------------------------------------------

FORM = message("A form to go by")
ASSUMED = message("The prices are assumed: no source was found that publishes them")
ADDRESS = template("Address: {blank}")
NUMBER = template("No.: {blank}")
DATE = template("{blank}, …… (day) …… (month) ………… (year)")
TO = template("**To:** our customer {blank}")
SUBSCRIPTION = template("**Number:** {blank}")
RE = template("**Re:** {subject}")
SUBJECT = template("Explanation of {charge} of {day}")
SUBJECT_OF_FEE = template("Explanation of {charge} charged on {day}")
DEAR = message("Dear customer,")
OPENING = template("Thank you for using our services. This is how we came to {charge} of {day}.")
OPENING_OF_FEE = template(
    "Thank you for using our services. This is how we came to {charge} charged on {day}."
)
CLOSING = message("Yours faithfully.")
SIGNED_BY = message("FOR THE CARRIER")
SIGNATURE = message("(Signature, name, seal)")
REFERENCE = template("*Reference {event}; period {month}/{year}; settlement run {run}.*")

# --- what was used --------------------------------------------------------------------------------

USED_HEADING = message("What you used")
CALL = template("{when}, you made a call of {units}")
CALL_TOWARDS = template("{when}, you made a call {towards} of {units}")
MESSAGE = template("{when}, you sent {units}")
MESSAGE_TOWARDS = template("{when}, you sent {units} {towards}")
TO_NUMBER = template("to the number {number}")
DATA = template("{when}, you used {units} of mobile Internet")
REGISTERED = template("{when}, you registered for {pack}")
RENEWED = template("{when}, you renewed {pack}")
NOT_RENEWED = template("{when}, a renewal of {pack} failed")
BOUGHT = template("{when}, you bought {pack}")
FEE = template("The monthly fee was charged on {day}")
SEVERAL_RECORDS = template("This is one {noun} of which several records speak")
ON_PLAN = template("Your number was {payment} then, on the plan {plan}.")

# --- why there is no charge yet -------------------------------------------------------------------

WHY_HEADING = message("Why there is no charge yet")
LATER_PART = template(
    "This is a later part of a call or session that began {when}, so it goes by the terms of then."
)
COPY = template("- Record {place}: {parts}.")
COPY_TAKEN = template("{amount} was taken")
DIFFER = template("These records differ in {fields}.")
DIFFER_OTHERWISE = message("These records differ in other details.")
WILL_HEADING = message("What we will do")
UNTIL_THEN = message(
    "Until then this is kept apart and no amount is worked out; it is neither passed over nor"
    " taken to be free. Once it is known, the relief is applied as to anything else."
)
TAKEN_MEANWHILE = template(
    "Our records say that {charged} was taken from you. It is looked at again once the result is"
    " known; if too much was taken, the rest is given back."
)

# --- the charge by the price list -----------------------------------------------------------------

CHARGE_HEADING = message("The charge by the price list")
FAILED = message("The pack was not renewed, so nothing is to be paid.")
LIST_PRICE = template("The list price of {name} is {price}, with {tax_name}.")
PRICE = template("By the price list it is {price} {unit}.")
CONNECT_FEE = template("To connect a call is {amount}.")
ROUNDED_UP = template("The price list rounds up: this {noun} counts as {units}.")
NOTHING_USED = message("Nothing was used this time.")
BUNDLED = template("{units} were in a pack that you had bought, and are not charged again")
BUNDLED_OF_IT = template(
    "Of this {units} were in a pack that you had bought, and are not charged again"
)
BEYOND_PACK = template("The pack was used up, and {units} beyond it are not charged.")
FREE_BY_TARIFF = template("By the price list this {noun} costs nothing.")
FREE_IN_PACK = template(
    "Without any relief this {noun} would cost nothing more either: it was in a pack that you"
    " had bought."
)
FREE_THROTTLED = template(
    "Without any relief this {noun} would cost nothing more either: you had bought a pack which,"
    " used up, only gets slower and charges nothing more."
)
FREE_STOPPED = template(
    "Without any relief this {noun} would cost nothing more either: you had bought a pack which,"
    " used up, stops and charges nothing more."
)
CHARGE = template("The charge by the price list is {price}, with {tax_name}.")
WITHOUT_RELIEF = template("Without any relief you would have to pay {price}, with {tax_name}.")

# --- the relief -----------------------------------------------------------------------------------

RELIEF_HEADING = message("The relief")
NO_PROGRAMME = message("No relief programme applied in this period.")
BY_PROGRAMME = template("By the programme “{title}” you have:")
DISCOUNT = template("{amount} less")
DISCOUNT_FOR = template("{amount} less for {units}")
ZERO_RATED = template("{units} are free and not taken from your pack; what you pay stays the same")
FROM_BONUS = template("{units} came out of what was added; what you pay stays the same")
FROM_GRANT = template(
    "{units} were taken from what was given in place of your pack; what you pay stays the same"
)
MORE_SERVICE = message("you have more service at the same charge")
CONTRIBUTION = template("we give {amount} to {to}; you do not pay it")
CONTRIBUTION_OF_MESSAGES = template("{amount} is passed on to {to}")
FORBEARANCE = message(
    "your service goes on although the charge is paid late; the charge still has to be paid"
)
GRANTED = template("- {title}: {quota} are given to you, to use until {until}.")
BASIS = template("{text} It stands in: {document}.")
NO_MEASURE = template(
    "The programme {titles} has no measure that changes the charge of this {noun}."
)
MISSED = message("Measures of this kind could not be applied, because:")

# --- what has to be paid --------------------------------------------------------------------------

PAYABLE_HEADING = message("What you have to pay")
PAYABLE = template("You have to pay {amount}.")
PAYABLE_LESS = template(
    "{listed} by the price list, less {discount}, is {payable}. You have to pay {amount}."
)

# --- what is left ---------------------------------------------------------------------------------

LEFT_HEADING = message("What is left to you")
PACK = template("pack {pack}")
PACK_PRICE = template("the price of {noun}")
CAP = template("the most that the measure “{title}” gives")
MONEY = template("money in the pack {pack}")
VOLUME = template("{what} in the pack {pack}")
BONUS = template("{what} added to the pack {pack}")
GRANT = template("{what} given to you")
MONEY_GRANT = template("money given to you by {title}")
GIVEN = template("you have {left}")
NOT_USED = template("{left} are left, not used this time")
USED_UP_BEFORE = message("used up before")
THEN_LEFT = template("{before} before this {noun}, {left} after it")
THEN_USED_UP = template("{before} before this {noun}, used up after it")
A_DAY = template("{clause} ({given} a day)")
A_CYCLE = template("{clause} ({given} a cycle)")
TO_USE_UNTIL = template("{clause}; to use until {until}")

# --- what was taken -------------------------------------------------------------------------------

TAKEN_HEADING = message("What was taken")
TAKEN = template("Our records say that {charged} was taken from you.")
NOT_KNOWN_TAKEN = message(
    "The data that we have do not say what was taken this time, so this letter cannot say"
    " whether something is to be given back. If more was taken than you have to pay, please tell"
    " us."
)
REFUND = template(
    "That is more than you have to pay. We will give back {due}. How and when: {blank}."
)
OVERCHARGED = template(
    "What was taken is even {over} above the price list. We are looking into it, and will answer"
    " you."
)
TAKEN_EQUAL = message("That is what you have to pay, so nothing is to be given back.")
TAKEN_LESS = message("That is not more than you have to pay, so nothing is to be given back.")

# --- what the announcement leaves open ------------------------------------------------------------

OPEN_HEADING = message("What the announcement of the programme leaves open")
ONE_OPEN_POINT = message(
    "The announcement does not say clearly what follows, so we had to choose what it means. We"
    " tell you, so that you know what else would have come out."
)
OPEN_POINTS = message(
    "The announcement does not say clearly the points that follow, so we had to choose what they"
    " mean. We tell you, so that you know what else would have come out."
)
POINT = template("- {question} We take it to mean “{meaning}”. {cases}")
IF_IT_MEANS = template("If it means {meanings}, {clause}.")
OR = template("{first} or {second}")
SAME_PAYABLE = template("you still have to pay {payable}")
MORE_PAYABLE = template("you have to pay {payable}, {by} more")
LESS_PAYABLE = template("you have to pay {payable}, {by} less")
MEASURE_LOST = template("the measure “{title}” gives you nothing")
MEASURE_GAINED = template("the relief follows the measure “{title}”")
OTHER_CONTRIBUTION = template("the contribution is {amount}")
OTHER_BALANCE = template("{units} are left of {name}")
EMPTY_BALANCE = template("nothing is left of {name}")
NO_BALANCE = template("there is no {name}")

# --- whom to ask ----------------------------------------------------------------------------------

ASK_HEADING = message("If you want to ask more")
ASK = template(
    "Please call {blank} or go to the nearest shop, and tell the reference {event}. If you think"
    " that this is not right, you can complain there."
)

# --- words ----------------------------------------------------------------------------------------

SYNTHETIC = message("Synthetic data of no carrier; nothing is to be paid by it")
BLANK = "…………………………"

# kind: what is called so in a sentence, and in "khi …"
NOUNS = {
    "voice": message_in("letter", "call"),
    "sms": message_in("letter", "text message"),
    "data": message_in("letter", "use of mobile Internet"),
    "pack": message_in("letter", "pack"),
    "fee": message_in("letter", "monthly fee"),
}
CHARGES = {
    "voice": message_in("letter", "the charge of a call"),
    "sms": message_in("letter", "the charge of a text message"),
    "data": message_in("letter", "the charge of mobile Internet"),
    "fee": message_in("letter", "the monthly fee"),
}
TOWARDS = {  # destination class: what follows "gọi", "nhắn tin"
    "on_net": message_in("letter", "to a mobile number of the same network"),
    "off_net": message_in("letter", "to a mobile number of another network"),
    "fixed_own": message_in("letter", "to a fixed line of the same carrier"),
    "fixed": message_in("letter", "to a fixed line of another carrier"),
    "international": message_in("letter", "abroad"),
    "emergency": message_in("letter", "to an emergency number"),
    "hotline": message_in("letter", "to a hotline"),
    "unknown": message_in("letter", "to a number of an unknown network"),
}
AFTER_FAILURE = {  # what a renewal that failed does to a pack that is still valid
    "ends": message("What was left of the pack ended then."),
    "suspends": message("What was left of the pack waits until a renewal succeeds."),
}
PAYMENTS = {
    "prepaid": message_in("letter", "prepaid"),
    "postpaid": message_in("letter", "postpaid"),
}
VOLUMES = {
    "voice": message_in("letter", "call time"),
    "sms": message_in("letter", "text messages"),
    "data": message_in("letter", "data"),
}
FIELDS = {  # of records that contradict each other
    "owner": message_in("letter", "the number"),
    "subscriber": message_in("letter", "the number"),
    "start_ms": message_in("letter", "the time"),
    "kind": message_in("letter", "the kind of service"),
    "destination": message_in("letter", "where it went"),
    "counterparty": message_in("letter", "the other number"),
    "units": message_in("letter", "how much was used"),
    "duration_ms": message_in("letter", "how long it lasted"),
    "carrier": message_in("letter", "the carrier"),
    "rating_group": message_in("letter", "the site"),
    "locality": message_in("letter", "where it was used"),
    "pack": message_in("letter", "the pack"),
    "session": message_in("letter", "the session"),
    "partial": message_in("letter", "the place in the session"),
    "charged": message_in("letter", "the amount taken"),
}
WHY = {  # why a measure that might have been thought of gave nothing; others are not worth saying
    "not_in_force": message_in("letter", "the programme had not begun then, or had ended"),
    "destination": message_in("letter", "it is not for this destination"),
    "host": message_in("letter", "the site is not on the list of free sites"),
    "pack": message_in("letter", "it is not for this pack"),
    "plan": message_in("letter", "it is not for your plan"),
    "payment": message_in("letter", "it is not for your way of paying"),
    "segment": message_in(
        "letter", "it is for some groups of customers, and this number is not on the list"
    ),
    "no_order": message_in("letter", "the place was under no distancing order then"),
    "no_area": message_in("letter", "the place was in no area of its cause then"),
    "not_granted": message_in(
        "letter", "nothing had been given to this number then, or it had expired"
    ),
    "used_up": message_in("letter", "what was given had been used up before"),
    "covered_before": message_in("letter", "another offer or pack covered this already"),
    "group": message_in("letter", "another measure was applied in its place"),
    "no_effect": message_in("letter", "nothing was left to take off"),
    "renewal_failed": message_in("letter", "this renewal failed"),
}
REASONS = {  # status: why there is no amount, what will be done
    "no_subscription": (
        message(
            "The data by which charges are worked out do not yet say that this number was a"
            " customer of ours then, so it is not known by which plan to charge."
        ),
        message("We will add what is missing of the subscription, and work it out again."),
    ),
    "no_tariff": (
        message("The price list by which charges are worked out has no price for this yet."),
        message("We will add the missing price to the list, and work it out again."),
    ),
    "beyond_limit": (
        message(
            "More use was recorded than the price list allows to charge, so the record may be"
            " wrong."
        ),
        message("We will check the record at its source, and work it out again."),
    ),
    "conflicting": (
        message(
            "Several records of the same use came in that say different things, so none was used to"
            " work out a charge yet."
        ),
        message("We will find out at the source which record is right, and work it out again."),
    ),
}
