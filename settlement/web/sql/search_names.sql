-- Carriers, measures, plans and packs in whose id or name the text stands, accents and case aside.
-- A name is the latest one.
-- Grain: carrier, measure, plan or pack. Parameters: text; most: of each sort.
WITH named AS (
    SELECT 1 AS place, 'carrier' AS what, id, name, name_en, id AS carrier
    FROM ref.carrier
    UNION ALL
    SELECT 2, 'measure', id, arg_max(title, valid_from), arg_max(title_en, valid_from), NULL
    FROM ref.measure
    GROUP BY id
    UNION ALL
    SELECT 3, 'plan', id, arg_max(name, valid_from), NULL, arg_max(carrier, valid_from)
    FROM ref.plan
    GROUP BY id
    UNION ALL
    SELECT 4, 'pack', id, arg_max(name, valid_from), NULL, arg_max(carrier, valid_from)
    FROM ref.pack
    GROUP BY id
), plain AS (
    SELECT *, replace(strip_accents(lower($text)), 'đ', 'd') AS wanted,
        replace(strip_accents(lower(concat_ws(chr(10), id, name, name_en))), 'đ', 'd') AS words
    FROM named
)
SELECT what, id, name, name_en, carrier,
    list_contains(string_split(words, chr(10)), wanted) AS is_exact
FROM plain
WHERE contains(words, wanted)
QUALIFY row_number() OVER (PARTITION BY what ORDER BY is_exact DESC, id) <= $most
ORDER BY place, is_exact DESC, id;
