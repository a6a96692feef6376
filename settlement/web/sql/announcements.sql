-- What was announced beside the tariffs of each programme, and kept of it: added to nothing.
-- Grain: programme, place.
SELECT announcement.programme, programme.title, programme.title_en,
    announcement.kind AS announced_as, announcement.day, announcement.until AS until_day,
    announcement.who AS by_whom, announcement.who_en AS by_whom_en,
    announcement.what AS content, announcement.what_en AS content_en,
    announcement.quantity, announcement.amount, announcement.source, announcement.mark
FROM ref.announcement AS announcement
JOIN ref.programme AS programme ON programme.id = announcement.programme
ORDER BY programme.precedence, announcement.place;
