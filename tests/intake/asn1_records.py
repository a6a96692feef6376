"""Records made and read by asn1tools, from small specifications of our own: what the walker of
doisoat.engine.intake.forms.ber is checked against. Nothing of this is imported by the product."""

import random
from functools import cache
from pathlib import Path

import asn1tools

HERE = Path(__file__).parent
DATE = b"20210805"
ROOT_NAMES = {
    "mobileOriginatedCall": "basicCallInformation", "mobileTerminatedCall": "basicCallInformation",
    "gprsCall": "gprsBasicCallInformation",
}  # fmt: skip


@cache
def specification(name):
    return asn1tools.compile_files(str(HERE / f"{name}.asn"), "ber")


# --- Elements, by a small reader of its own -----------------------------------------------------


def elements(data):
    """(tag octets, content or list of elements) each; definite lengths only."""
    at, found = 0, []
    while at < len(data):
        begin = at
        octet = data[at]
        at += 1
        if octet & 31 == 31:
            while data[at] & 128:
                at += 1
            at += 1
        tag = data[begin:at]
        length = data[at]
        at += 1
        if length & 128:
            octets = length & 127
            length = int.from_bytes(data[at : at + octets], "big")
            at += octets
        content = data[at : at + length]
        found.append((tag, elements(content) if octet & 32 else content))
        at += length
    return found


def length_of(size, longer=0):
    if size < 128 and not longer:
        return bytes([size])
    octets = max(1, (size.bit_length() + 7) // 8) + longer
    return bytes([128 | octets]) + size.to_bytes(octets, "big")


def written(tree, unended, longer=lambda: 0):
    """The elements again; a group's length is indefinite where unended() says so."""
    out = b""
    for tag, content in tree:
        if isinstance(content, bytes):
            out += tag + length_of(len(content), longer()) + content
            continue
        inner = written(content, unended, longer)
        if unended():
            out += tag + b"\x80" + inner + b"\0\0"
        else:
            out += tag + length_of(len(inner), longer()) + inner
    return out


def unended(data, seed=0, share=0.5):
    """The same elements with indefinite lengths for a share of the groups."""
    rng = random.Random(seed)
    return written(
        elements(data), lambda: rng.random() < share, lambda: rng.choice((0, 0, 0, 1, 2))
    )


# --- What the walker should say -----------------------------------------------------------------


def digits(octets, swapped=False):
    """BCD of a number's digits as text; None where it is none."""
    halves = [half for octet in octets for half in ((octet >> 4, octet & 15))]
    if swapped:
        halves = [half for octet in octets for half in ((octet & 15, octet >> 4))]
    if halves and halves[-1] == 15:
        halves.pop()
    signs = "0123456789*#abc" if swapped else "0123456789abcde"
    return None if 15 in halves else "".join(signs[half] for half in halves)


def bcd(text, swapped=False):
    text += "f" * (len(text) % 2)
    pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
    return bytes(int(pair[::-1] if swapped else pair, 16) for pair in pairs)


def got(value, *names):
    """What a decoded value has under names; choices and lists are entered, the first that has."""
    for at, name in enumerate(names):
        if isinstance(value, list):
            found = (got(item, *names[at:]) for item in value)
            return next((item for item in found if item is not None), None)
        if isinstance(value, tuple):
            value = value[1] if value[0] != name else {name: value[1]}
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    if isinstance(value, list):
        return value[0] if value else None
    return value


def text(value):
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("ascii") if all(32 <= octet < 127 for octet in value) else None
    return value


def call_event_of(detail):
    """The walker's columns of a decoded CallEventDetail, by names and not by tags."""
    name, event = detail
    basic = got(event, ROOT_NAMES.get(name, "basicInformation")) or {}
    holder = basic if name in ROOT_NAMES else event
    if name == "gprsCall":
        holder = basic.get("gprsChargeableSubscriber", {})
    person = "chargeableSubscriber"
    inner = "simChargeableSubscriber"
    if name == "serviceCentreUsage":
        holder, inner = basic, "gsmChargeableSubscriber"
    start = got(basic, "callEventStartTimeStamp")
    if name == "supplServiceEvent":
        start = got(event, "supplServiceUsed", "chargingTimeStamp")
    if name == "serviceCentreUsage":
        start = got(event, "scuTimeStamps", "depositTimeStamp")
    place = got(event, "locationInformation", "networkLocation") or {}
    geography = got(event, "locationInformation", "geographicalLocation") or {}
    if name == "gprsCall":
        place = got(event, "gprsLocationInformation", "gprsNetworkLocation") or {}
        geography = got(event, "gprsLocationInformation", "geographicalLocation") or {}
    is_call = name in ("mobileOriginatedCall", "mobileTerminatedCall")
    has_place = is_call or name == "gprsCall"
    service = ("basicServiceUsedList", "basicService", "serviceCode")
    reference = got(place, "callReference") if is_call else None
    entity = place.get("recEntityCode") if is_call else got(place, "recEntity")
    if name == "serviceCentreUsage":
        entity, geography = event.get("recEntityCode"), event
    numbers = {
        "imsi": got(holder, person, inner, "imsi"), "msisdn": got(holder, person, inner, "msisdn"),
        "called": got(basic, "destination", "calledNumber"),
        "calling": got(basic, "callOriginator", "callingNumber"),
    }  # fmt: skip
    texts = {
        "dialled": got(basic, "destination", "dialledDigits"),
        "sms_destination": got(basic, "destination", "sMSDestinationNumber"),
        "sms_originator": got(basic, "callOriginator", "sMSOriginator"),
        "non_charged": basic.get("nonChargedNumber"), "status": basic.get("chargedPartyStatus"),
        "local": got(start, "localTimeStamp"), "utc_code": got(start, "utcTimeOffsetCode"),
        "duration": basic.get("totalCallEventDuration"),
        "teleservice": got(event, *service, "teleServiceCode"),
        "bearer": got(event, *service, "bearerServiceCode"),
        "volume_in": got(event, "gprsServiceUsed", "dataVolumeIncoming"),
        "volume_out": got(event, "gprsServiceUsed", "dataVolumeOutgoing"),
        "charging_id": basic.get("chargingId"), "partial_type": basic.get("partialTypeIndicator"),
        "apn": got(basic, "gprsDestination", "accessPointNameNI"),
        "recording_entity": entity,
        "location_area": place.get("locationArea") if has_place else None,
        "cell_id": place.get("cellId") if has_place else None,
        "serving_network": geography.get("servingNetwork"),
    }  # fmt: skip
    columns = {name: "" if value is None else digits(value) for name, value in numbers.items()}
    columns |= {name: text(value) for name, value in texts.items()}
    return columns | {"call_reference": "" if reference is None else reference.hex()}


def charges_of(detail):
    """(type, charge) of each charge detail of a decoded CallEventDetail, as texts."""
    name, event = detail
    lists = {
        "gprsCall": [event.get("gprsServiceUsed", {})],
        "serviceCentreUsage": [{"chargeInformationList": _one(event.get("chargeInformation"))}],
        "supplServiceEvent": [{"chargeInformationList": _one(
            event.get("supplServiceUsed", {}).get("chargeInformation"))}],
    }.get(name, event.get("basicServiceUsedList", []))  # fmt: skip
    return [
        (text(charge.get("chargeType")), text(charge.get("charge")))
        for used in lists
        for information in used.get("chargeInformationList", [])
        for charge in information.get("chargeDetailList", [])
    ]


def _one(value):
    return [] if value is None else [value]


def gateway_of(record):
    """The walker's columns of a decoded PGWRecord, and of its containers."""
    sort, address = record["p-GWAddress"]
    stamp = record.get("recordOpeningTime")
    person = record.get("servedMSISDN")
    columns = {
        "imsi": digits(record["servedIMSI"], True) if "servedIMSI" in record else "",
        "msisdn": "" if person is None
        else ("+" if person[0] >> 4 & 7 == 1 else "") + (digits(person[1:], True) or ""),
        "gateway": address.hex() if "Bin" in sort else address,
        "opened": stamp.hex(), "charging_id": text(record.get("chargingID")),
        "apn": text(record.get("accessPointNameNI")), "record_duration": text(record["duration"]),
        "cause": text(record["causeForRecClosing"]),
        "partial": text(record.get("recordSequenceNumber")), "node": text(record.get("nodeID")),
        "local_sequence": text(record.get("localSequenceNumber")),
        "serving_network": record.get("servingNodePLMNIdentifier", b"").hex(),
        "rat_type": text(record.get("rATType")),
    }  # fmt: skip
    service = [
        {
            "rating_group": text(c["ratingGroup"]), "first": c.get("timeOfFirstUsage", b"").hex(),
            "last": c.get("timeOfLastUsage", b"").hex(), "up": text(c.get("datavolumeFBCUplink")),
            "down": text(c.get("datavolumeFBCDownlink")),
        }
        for c in record.get("listOfServiceData", ())
    ]  # fmt: skip
    bearer = [
        {"rating_group": "", "first": "", "last": "", "up": text(c.get("dataVolumeGPRSUplink")),
         "down": text(c.get("dataVolumeGPRSDownlink"))}
        for c in record.get("listOfTrafficVolumes", ())
    ]  # fmt: skip
    return columns, bearer + service


# --- Records by chance --------------------------------------------------------------------------


class Maker:
    """Makes decoded values by chance; the same seed, the same values."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def some(self, **values):
        """A part of the members, each made when it is taken."""
        return {name: make() for name, make in values.items() if self.rng.random() < 0.85}

    def number(self):
        return bcd("84" + "".join(self.rng.choices("0123456789", k=self.rng.randint(8, 10))))

    def imsi(self):
        return bcd("45204" + "".join(self.rng.choices("0123456789", k=10)))

    def integer(self):
        return self.rng.choice((0, 1, -1, 127, 128, 255, 32768, -129, -32769, 2**63 - 1, -(2**63),
                                2**64, self.rng.randint(0, 10**9)))  # fmt: skip

    def volume(self):
        return self.rng.randint(0, 10 ** self.rng.randint(1, 12))

    def word(self):
        return "".join(self.rng.choices("abcXYZ019.-", k=self.rng.randint(1, 12)))

    def ascii(self):
        return self.word().encode()

    def moment(self):
        clock = f"{self.rng.randrange(24):02d}{self.rng.randrange(60):02d}"
        return {"localTimeStamp": DATE + f"{clock}{self.rng.randrange(60):02d}".encode(),
                "utcTimeOffsetCode": self.rng.randint(1, 2)}  # fmt: skip

    def subscriber(self, sort="simChargeableSubscriber"):
        return (sort, self.some(imsi=self.imsi, msisdn=self.number))

    def charging(self):
        details = [
            {"chargeType": self.rng.choice((b"00", b"00", b"01")), "charge": self.volume()}
            for _ in range(self.rng.randrange(3))
        ]
        return {"chargedItem": b"D", "chargeDetailList": details}

    def chargings(self):
        return [self.charging() for _ in range(self.rng.randrange(3))]

    def services(self):
        code = self.rng.choice((b"11", b"22", b"10", b"61"))
        sort = self.rng.choice(("teleServiceCode",) * 4 + ("bearerServiceCode",))
        return [{"basicService": {"serviceCode": (sort, code)},
                 "chargeInformationList": self.chargings()}]  # fmt: skip

    def place(self):
        return {
            "networkLocation": self.some(
                recEntityCode=self.integer, callReference=lambda: self.rng.randbytes(4),
                locationArea=self.volume, cellId=self.integer),
            "geographicalLocation": self.some(servingNetwork=self.ascii),
        }  # fmt: skip

    def call_event(self):
        return getattr(self, self.rng.choice(("moc", "mtc", "gprs", "centre", "supplementary")))()

    def moc(self):
        destination = dict(calledNumber=self.number, dialledDigits=self.ascii,
                           sMSDestinationNumber=self.ascii)  # fmt: skip
        return ("mobileOriginatedCall", self.some(
            basicCallInformation=lambda: self.some(
                chargeableSubscriber=self.subscriber,
                destination=lambda: self.some(**destination),
                callEventStartTimeStamp=self.moment,
                totalCallEventDuration=lambda: self.rng.randint(0, 7200)),
            locationInformation=self.place, basicServiceUsedList=self.services))  # fmt: skip

    def mtc(self):
        return ("mobileTerminatedCall", self.some(
            basicCallInformation=lambda: self.some(
                chargeableSubscriber=self.subscriber,
                callOriginator=lambda: self.some(
                    callingNumber=self.number, sMSOriginator=self.ascii),
                callEventStartTimeStamp=self.moment, totalCallEventDuration=self.integer),
            locationInformation=self.place, basicServiceUsedList=self.services))  # fmt: skip

    def gprs(self):
        return ("gprsCall", self.some(
            gprsBasicCallInformation=lambda: self.some(
                gprsChargeableSubscriber=lambda: {"chargeableSubscriber": self.subscriber()},
                gprsDestination=lambda: {"accessPointNameNI": self.ascii()},
                callEventStartTimeStamp=self.moment, totalCallEventDuration=self.volume,
                partialTypeIndicator=lambda: b"I", chargingId=self.volume),
            gprsLocationInformation=lambda: {
                "gprsNetworkLocation": self.some(
                    recEntity=lambda: [self.integer()], locationArea=self.integer,
                    cellId=self.integer),
                "geographicalLocation": self.some(servingNetwork=self.ascii)},
            gprsServiceUsed=lambda: self.some(
                dataVolumeIncoming=self.volume, dataVolumeOutgoing=self.volume,
                chargeInformationList=self.chargings)))  # fmt: skip

    def centre(self):
        return ("serviceCentreUsage", self.some(
            basicInformation=lambda: self.some(
                chargeableSubscriber=lambda: self.subscriber("gsmChargeableSubscriber"),
                chargedPartyStatus=lambda: self.rng.randint(0, 1), nonChargedNumber=self.ascii),
            servingNetwork=self.ascii, recEntityCode=self.integer, chargeInformation=self.charging,
            scuTimeStamps=lambda: {"depositTimeStamp": self.moment()}))  # fmt: skip

    def supplementary(self):
        return ("supplServiceEvent", self.some(
            chargeableSubscriber=self.subscriber,
            supplServiceUsed=lambda: self.some(
                supplServiceCode=lambda: b"2B", chargingTimeStamp=self.moment,
                chargeInformation=self.charging)))  # fmt: skip

    def stamp(self):
        clock = [self.rng.randrange(24), self.rng.randrange(60), self.rng.randrange(60)]
        return bcd("210805" + "".join(f"{part:02d}" for part in clock)) + b"+" + bcd("0700")

    def container(self):
        return {
            "ratingGroup": self.rng.choice((1, 1, 20, 300)),
            "serviceConditionChange": (b"\x80", 8), "timeOfReport": self.stamp(),
            **self.some(timeOfFirstUsage=self.stamp, timeOfLastUsage=self.stamp,
                        datavolumeFBCUplink=self.volume, datavolumeFBCDownlink=self.volume),
        }  # fmt: skip

    def condition(self):
        return {
            "changeCondition": 2, "changeTime": self.stamp(),
            **self.some(dataVolumeGPRSUplink=self.volume, dataVolumeGPRSDownlink=self.volume),
        }  # fmt: skip

    def pgw(self):
        return ("pGWRecord", {
            "recordType": 85, "p-GWAddress": ("iPBinV4Address", self.rng.randbytes(4)),
            "chargingID": self.rng.randrange(2**32),
            "servingNodeAddress": [("iPTextV4Address", "10.0.0.1")],
            "recordOpeningTime": self.stamp(), "duration": self.rng.randint(0, 86400),
            "causeForRecClosing": 0, "chargingCharacteristics": b"\x08\x00",
            **self.some(
                servedIMSI=lambda: bcd("45204" + "".join(self.rng.choices("0123456789", k=10)),
                                       True),
                servedMSISDN=lambda: b"\x91" + bcd("84961" + "".join(
                    self.rng.choices("0123456789", k=6)), True),
                accessPointNameNI=lambda: "v-internet",
                recordSequenceNumber=lambda: self.rng.randint(1, 9), nodeID=self.word,
                localSequenceNumber=self.volume, rATType=lambda: 6,
                servingNodePLMNIdentifier=lambda: b"\x54\xf2\x40",
                listOfTrafficVolumes=lambda: [self.condition() for _ in range(2)],
                listOfServiceData=lambda: [
                    self.container() for _ in range(self.rng.randrange(4))]),
        })  # fmt: skip


def tap_file(details, release=12, count=None, number=7, **audit):
    """A TAP file of call events, by asn1tools."""
    sums = [int(charge) for detail in details for kind, charge in charges_of(detail)
            if kind == "00"]  # fmt: skip
    batch = {
        "batchControlInfo": {
            "sender": b"AAA01", "recipient": b"VNMVT",
            "fileSequenceNumber": f"{number:05d}".encode(), "specificationVersionNumber": 3,
            "releaseVersionNumber": release,
        },
        "accountingInfo": {"localCurrency": b"EUR", "tapDecimalPlaces": 3},
        "networkInfo": {"utcTimeOffsetInfo": [
            {"utcTimeOffsetCode": 1, "utcTimeOffset": b"+0200"},
            {"utcTimeOffsetCode": 2, "utcTimeOffset": b"-0500"}]},
        "callEventDetails": details,
        "auditControlInfo": {
            "totalCharge": sum(sums),
            "callEventDetailsCount": len(details) if count is None else count, **audit},
    }  # fmt: skip
    return encoded("File", ("transferBatch", batch))


def encoded(sort, value, name="roaming"):
    return bytes(specification(name).encode(sort, value))


def notices(count, said, imsi="452041234567890"):
    """An NRTRDE file of so many notices, which says how many it holds."""
    use = {"imsi": bcd(imsi), "callEventStartTimeStamp": b"20210805080000",
           "utcTimeOffset": b"+0200", "callEventDuration": 1}  # fmt: skip
    return encoded("Nrtrde", {
        "specificationVersionNumber": 2, "releaseVersionNumber": 1, "sender": b"AAA01",
        "recipient": b"VNMVT", "sequenceNumber": b"3", "fileAvailableTimeStamp": b"20210805080000",
        "utcTimeOffset": b"+0200",
        "callEvents": [(("moc", "gprs")[at % 2], use) for at in range(count)],
        "callEventsCount": said})  # fmt: skip


def framed(*values, count=None, lost=0, sort=0x27, release=0x60, size=0, header=50):
    """The octets of records in a file of TS 32.297; `sort` is the encoding and the TS."""
    extension = b"\x05" if release >> 5 == 7 else b""
    body = b"".join(
        len(value).to_bytes(2, "big") + bytes([release, sort]) + extension + value
        for value in values
    )
    count = len(values) if count is None else count
    head = header.to_bytes(4, "big") + bytes([0x60, 0x60]) + bytes(8) + count.to_bytes(4, "big")
    head += (41).to_bytes(4, "big") + bytes(21) + bytes([lost]) + bytes(header - 48)
    return (4 + len(head) + (size or len(body))).to_bytes(4, "big") + head + body
