-- What the cuts leave of a price, step by step: a row a step of each offer, that is, of a pack or fee
-- at a price and the measures that touch it. They are few, however many sales there are; the cuts of
-- each are folded over, from the list price (step 0) on. Binds: percent_denominator.
WITH sold_at AS (
    SELECT DISTINCT pack, list, bits FROM sale
), cuts_of AS (
    SELECT s.pack, s.list, s.bits,
           sort_array(collect_list(named_struct(
               'step', k.step, 'bit', k.bit, 'is_price', k.is_price, 'keep', k.keep, 'part', k.part,
               'less', k.less, 'new_price', p.new_price))) AS cuts
    FROM sold_at AS s
    CROSS JOIN cut AS k
    LEFT JOIN cut_price AS p ON p.step = k.step AND p.pack = s.pack
    GROUP BY s.pack, s.list, s.bits
)
SELECT pack, list, bits, inline(aggregate(
    cuts, array(named_struct('step', 0L, 'payable', list, 'lowered', 0L)),
    (done, k) -> concat(done, transform(
        array(CASE WHEN bits & k.bit = 0 THEN 0L
                   WHEN k.is_price = 1
                   THEN greatest(element_at(done, -1).payable - coalesce(k.new_price, element_at(done, -1).payable), 0L)
                   ELSE greatest(element_at(done, -1).payable
                                 - (2 * greatest(element_at(done, -1).payable * k.keep - list * k.part - k.less, 0L)
                                    + :percent_denominator) div (2 * :percent_denominator), 0L) END),
        lowered -> named_struct('step', k.step, 'payable', element_at(done, -1).payable - lowered,
                                'lowered', lowered)))))
FROM cuts_of
