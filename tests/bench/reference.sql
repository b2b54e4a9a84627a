-- Counted seconds and codes of one month, written by hand for the synthetic practice:
-- staff time alone, consent and hospital days, overlaps once; no other rule of the audit.
WITH placed AS (
    SELECT e.patient_id, e.entry_id, e.started, e.started + e.seconds AS ended, d."on"
    FROM entries e ASOF JOIN days d ON e.started >= d.started
),
allowed AS (
    SELECT * FROM placed p
    WHERE EXISTS (
        SELECT 1 FROM consents k
        WHERE k.patient_id = p.patient_id AND k.given_on <= p."on"
    ) AND NOT EXISTS (
        SELECT 1 FROM stays s
        WHERE s.patient_id = p.patient_id AND p."on" BETWEEN s.from_on AND s.to_on
    )
),
reached AS (
    SELECT *, max(ended) OVER (
        PARTITION BY patient_id ORDER BY started, ended DESC, entry_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS reached
    FROM allowed
),
counted AS (
    SELECT patient_id,
        CAST(sum(greatest(0, ended - greatest(started, coalesce(reached, 0)))) AS BIGINT) AS seconds
    FROM reached GROUP BY patient_id
),
grouped AS (
    SELECT patient_id, count(DISTINCT "group") AS groups FROM conditions GROUP BY patient_id
)
SELECT p.patient_id, coalesce(c.seconds, 0) AS seconds,
    CASE
        WHEN g.groups >= 2 AND c.seconds >= 3600 THEN '99490x1 99439x2'
        WHEN g.groups >= 2 AND c.seconds >= 2400 THEN '99490x1 99439x1'
        WHEN g.groups >= 2 AND c.seconds >= 1200 THEN '99490x1'
        WHEN g.groups = 1 AND c.seconds >= 5400 THEN '99426x1 99427x2'
        WHEN g.groups = 1 AND c.seconds >= 3600 THEN '99426x1 99427x1'
        WHEN g.groups = 1 AND c.seconds >= 1800 THEN '99426x1'
        ELSE ''
    END AS codes,
    coalesce(g.groups, 0) AS groups,
    EXISTS (SELECT 1 FROM consents k WHERE k.patient_id = p.patient_id) AS has_consent,
    EXISTS (SELECT 1 FROM stays s WHERE s.patient_id = p.patient_id) AS has_stay
FROM patients p LEFT JOIN counted c USING (patient_id) LEFT JOIN grouped g USING (patient_id)
ORDER BY p.patient_id
