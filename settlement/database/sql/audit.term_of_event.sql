-- Rated events whose terms are not those that their owner's one row, or audit.term at their start,
-- has of whom they name: parts of a call that began under others, members without a row of their own,
-- events drawn from the account of which their subscriber is a member.
-- Grain: event.
CREATE TABLE audit.term_of_event (
    event_id      UUID NOT NULL,
    owner_id      UUID NOT NULL,
    plan          VARCHAR NOT NULL,
    segment       VARCHAR NOT NULL,
    payment       VARCHAR NOT NULL,
    home_locality VARCHAR NOT NULL
);
COMMENT ON TABLE audit.term_of_event IS
    'Sự kiện đã tính cước theo thuê bao khác với dòng của chính thuê bao lúc nó bắt đầu: phần của cuộc gọi, thành viên không có dòng riêng. | Rated events by other terms than those of their subscriber at their start: parts of calls, members without a row of their own. Grain: event.';
COMMENT ON COLUMN audit.term_of_event.event_id IS 'Mã sự kiện | Id of the event';
COMMENT ON COLUMN audit.term_of_event.owner_id IS 'Chủ số dư mà sự kiện dùng | Owner of the balances that it drew';
COMMENT ON COLUMN audit.term_of_event.plan IS 'Gói cước nền | Plan';
COMMENT ON COLUMN audit.term_of_event.segment IS 'Nhóm khách hàng | Segment';
COMMENT ON COLUMN audit.term_of_event.payment IS 'Trả trước hay trả sau | prepaid or postpaid';
COMMENT ON COLUMN audit.term_of_event.home_locality IS 'Mã địa phương đăng ký (ref.locality); rỗng: không rõ | Code of the home locality (ref.locality); empty: unknown';
INSERT INTO audit.term_of_event BY NAME
WITH sole AS (
    SELECT owner_id, subscriber_id, plan, segment, payment, home_locality, valid_from,
        coalesce(valid_until, TIMESTAMP '9999-01-01') AS valid_until, carrier
    FROM usage.subscription
    ANTI JOIN audit.term USING (owner_id)
), any_term AS (
    FROM sole
    UNION ALL
    FROM audit.term
), of_several AS MATERIALIZED (
    SELECT event_id, owner_id AS named_id, subscriber_id, carrier, start_at,
        CASE WHEN kind NOT IN ('pack', 'fee') THEN session_key END AS session_key
    FROM usage.event
    ANTI JOIN sole USING (owner_id, subscriber_id)
    -- A part that is suspended began its session all the same, if it is known what it says.
    ANTI JOIN (SELECT event_id FROM usage.suspense WHERE stage = 'settle' AND reason = 'conflicting') AS held
        USING (event_id)
), whole AS (
    SELECT event_id
    FROM of_several
    JOIN audit.term
        ON term.owner_id = named_id AND term.subscriber_id = of_several.subscriber_id
        AND term.carrier = of_several.carrier
        AND start_at >= term.valid_from AND start_at < term.valid_until
    WHERE session_key IS NULL
), other AS MATERIALIZED (
    SELECT *
    FROM of_several
    ANTI JOIN whole USING (event_id)
), account AS (
    SELECT other.event_id, any_value(term.owner_id) AS owner_id
    FROM other
    JOIN any_term AS term ON term.subscriber_id = other.subscriber_id AND term.carrier = other.carrier
        AND other.start_at >= term.valid_from AND other.start_at < term.valid_until
    WHERE named_id = other.subscriber_id
    GROUP BY other.event_id
    HAVING count(DISTINCT term.owner_id) = 1
), drawn AS (
    SELECT other.*, coalesce(account.owner_id, named_id) AS owner_id
    FROM other
    LEFT JOIN account USING (event_id)
), begun AS MATERIALIZED (
    SELECT event_id, named_id, owner_id, subscriber_id, carrier, start_at,
        CASE WHEN session_key IS NULL THEN start_at
            ELSE min(start_at) OVER (PARTITION BY owner_id, carrier, session_key) END AS begun_at
    FROM drawn
), meant AS (
    -- The subscriber's own row comes before the account's.
    SELECT whose.event_id, named_id, whose.subscriber_id, whose.carrier, start_at, whose.owner_id, term.plan,
        term.segment, term.payment, term.home_locality,
        term.subscriber_id <> whose.subscriber_id AS place
    FROM (SELECT *, unnest(list_distinct([subscriber_id, owner_id])) AS whose FROM begun) AS whose
    JOIN any_term AS term ON term.owner_id = whose.owner_id AND term.subscriber_id = whose.whose
        AND term.carrier = whose.carrier
        AND begun_at >= term.valid_from AND begun_at < term.valid_until
), unmeant AS MATERIALIZED (
    SELECT *
    FROM begun
    ANTI JOIN meant USING (event_id)
), alike AS (
    -- Where there is neither, all rows of the account that hold then are alike.
    SELECT event_id, named_id, subscriber_id, carrier, start_at, owner_id, term.plan, term.segment,
        term.payment, term.home_locality, false AS place
    FROM unmeant
    JOIN (
        SELECT DISTINCT * EXCLUDE (subscriber_id)
        FROM any_term
        SEMI JOIN unmeant USING (owner_id)
    ) AS term USING (owner_id, carrier)
    WHERE begun_at >= term.valid_from AND begun_at < term.valid_until
), chosen AS (
    SELECT DISTINCT ON (event_id) *
    FROM (FROM meant UNION ALL FROM alike)
    ORDER BY event_id, place
)
SELECT event_id, chosen.owner_id, chosen.plan, chosen.segment, chosen.payment, chosen.home_locality
FROM chosen
ANTI JOIN (SELECT event_id FROM usage.suspense WHERE stage = 'settle') AS held USING (event_id)
LEFT JOIN audit.term AS usual
    ON usual.owner_id = named_id AND usual.subscriber_id = chosen.subscriber_id
    AND usual.carrier = chosen.carrier
    AND start_at >= usual.valid_from AND start_at < usual.valid_until
WHERE (chosen.owner_id, chosen.plan, chosen.segment, chosen.payment, chosen.home_locality)
    IS DISTINCT FROM
    (usual.owner_id, usual.plan, usual.segment, usual.payment, usual.home_locality);
