"""Fields of roaming files that are read, by paths of APPLICATION tags (TAP 3.10 to 3.12)."""

from doisoat.engine.intake.forms.ber_file import Path, application

TRANSFER, NOTIFICATION = application(1, 2)  # NRTRDE files begin with APPLICATION 1 as well.
RETURN, ACKNOWLEDGEMENT = application(534, 535)
BATCH_CONTROL, USAGE_VERSION = application(4, 41)  # the first element of TAP's, of NRTRDE's
RECORD_LISTS = {"tap": application(3)[0], "nrtrde": application(2)[0], "rap": application(536)[0]}
UTC_TABLE = application(6, 234, 233)

RECORDS = {
    9: "moc", 10: "mtc", 11: "supplementary", 12: "service_centre", 14: "gprs", 17: "content",
    297: "location", 433: "messaging", 434: "session",
}  # fmt: skip
MO, MT, SS, SCU, GPRS = (9, 147), (10, 153), (11,), (12,), (14, 114)
MESSAGING, SESSION = (433,), (434,)
SUBSCRIBERS = (
    (*MO, 427, 199), (*MT, 427, 199), (*SS, 427, 199), (*SCU, 191, 430, 286),
    (*GPRS, 115, 427, 199), (*MESSAGING, 436), (*SESSION, 436),
)  # fmt: skip
STARTS = ((*MO, 44), (*MT, 44), (*GPRS, 44), (*SS, 206, 74), (*MESSAGING, 447), (*SESSION, 447))
SERVICES = ((9, 38, 39, 36, 426), (10, 38, 39, 36, 426))
PLACES = ((9, 138, 156), (10, 138, 156), (14, 117, 118))
NETWORKS = ((9, 138, 113), (10, 138, 113), (14, 117, 113), (12,))
CHARGE_DETAILS = (
    (9, 38, 39, 70, 69, 64, 63), (10, 38, 39, 70, 69, 64, 63), (11, 206, 69, 64, 63),
    (12, 69, 64, 63), (14, 121, 70, 69, 64, 63), (434, 448, 449, 64, 63),
)  # fmt: skip

Fields = list[tuple[Path, str, str]]


def _fields(*rows: tuple[tuple[tuple[int, ...], ...], int, str, str]) -> Fields:
    """(groups, tag, column, kind) each, as (path, column, kind) for every group."""
    return [
        (application(*group, tag), name, kind)
        for groups, tag, name, kind in rows
        for group in groups
    ]


CALL_EVENT = _fields(
    (SUBSCRIBERS, 129, "imsi", "digits"),
    (SUBSCRIBERS, 152, "msisdn", "digits"),
    (((*MO, 89),), 407, "called", "digits"),
    (((*MO, 89),), 279, "dialled", "text"),
    (((*MO, 89),), 419, "sms_destination", "text"),
    (((*MT, 41),), 405, "calling", "digits"),
    (((*MT, 41),), 425, "sms_originator", "text"),
    (((*SCU, 191),), 402, "non_charged", "text"),
    (((*SCU, 191),), 67, "status", "integer"),
    (STARTS, 16, "local", "text"),
    (STARTS, 232, "utc_code", "integer"),
    (((*SCU, 193, 88),), 16, "local", "text"),
    (((*SCU, 193, 88),), 232, "utc_code", "integer"),
    ((MO, MT, GPRS, SESSION), 223, "duration", "integer"),
    (SERVICES, 218, "teleservice", "text"),
    (SERVICES, 40, "bearer", "text"),
    (((14, 121),), 250, "volume_in", "integer"),
    (((14, 121),), 251, "volume_out", "integer"),
    ((GPRS,), 72, "charging_id", "integer"),
    ((GPRS,), 166, "partial_type", "text"),
    (((*GPRS, 116),), 261, "apn", "text"),
    (PLACES[:2], 45, "call_reference", "hex"),
    ((MESSAGING, SESSION), 435, "event_reference", "text"),
    ((*PLACES[:2], SCU), 184, "recording_entity", "integer"),
    (((*PLACES[2], 185),), 184, "recording_entity", "integer"),
    (PLACES, 136, "location_area", "integer"),
    (PLACES, 59, "cell_id", "integer"),
    (NETWORKS, 195, "serving_network", "text"),
    (CHARGE_DETAILS, 71, "charge_type", "text"),
    (CHARGE_DETAILS, 62, "charge", "integer"),
)
CALL_EVENT_PARTS = [application(*path) for path in CHARGE_DETAILS]

_ABOUT = (
    (196, "sender", "text"), (182, "recipient", "text"), (109, "sequence", "text"),
    (201, "version", "integer"), (189, "release", "integer"), (110, "file_type", "text"),
)  # fmt: skip
BATCH: Fields = [
    *((application(4, tag), name, kind) for tag, name, kind in _ABOUT),
    (application(5, 135), "local_currency", "text"),
    (application(5, 210), "tap_currency", "text"),
    (application(5, 244), "decimals", "integer"),
    (application(6, 234, 233, 232), "code", "integer"),
    (application(6, 234, 233, 231), "offset", "text"),
    (application(15, 43), "count", "integer"),
    (application(15, 415), "total_charge", "integer"),
    (application(15, 101, 16), "earliest", "text"),
    (application(15, 101, 231), "earliest_offset", "text"),
    (application(15, 133, 16), "latest", "text"),
    (application(15, 133, 231), "latest_offset", "text"),
]
HEADERS: dict[str, Fields] = {
    "tap": BATCH,
    "notification": [(application(tag), name, kind) for tag, name, kind in _ABOUT],
    "nrtrde": [
        (application(41), "version", "integer"),
        (application(37), "release", "integer"),
        (application(38), "sender", "text"),
        (application(36), "recipient", "text"),
        (application(39), "sequence", "text"),
        (application(20), "count", "integer"),
    ],
    "rap": [
        (application(537, 196), "sender", "text"),
        (application(537, 182), "recipient", "text"),
        (application(537, 181), "sequence", "text"),
        (application(537, 544), "version", "integer"),
        (application(537, 543), "release", "integer"),
    ],
    "acknowledgement": [
        (application(196), "sender", "text"),
        (application(182), "recipient", "text"),
        (application(181), "sequence", "text"),
    ],
}
