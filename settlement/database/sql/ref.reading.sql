-- Readings: answers to what the announcement leaves open.
-- Grain: reading and alternative.
CREATE TABLE ref.reading (
    name        VARCHAR NOT NULL,
    question    VARCHAR NOT NULL,
    question_en VARCHAR NOT NULL,
    alternative VARCHAR NOT NULL,
    means       VARCHAR NOT NULL,
    means_vi    VARCHAR NOT NULL,
    is_default  BOOLEAN NOT NULL,
    in_force    BOOLEAN NOT NULL,
    source      VARCHAR NOT NULL
);
COMMENT ON TABLE ref.reading IS
    'Cách đọc những điều thông báo để ngỏ. | Readings: answers to what the announcement leaves open. Grain: reading and alternative.';
COMMENT ON COLUMN ref.reading.name IS 'Tên cách đọc | Name of the reading';
COMMENT ON COLUMN ref.reading.question IS 'Câu hỏi | The question, in Vietnamese';
COMMENT ON COLUMN ref.reading.question_en IS 'Câu hỏi bằng tiếng Anh | The question, in English';
COMMENT ON COLUMN ref.reading.alternative IS 'Phương án | Name of the alternative';
COMMENT ON COLUMN ref.reading.means IS 'Nghĩa của phương án, bằng tiếng Anh | What the alternative means, in English';
COMMENT ON COLUMN ref.reading.means_vi IS 'Nghĩa của phương án, bằng tiếng Việt; trống: gói không nói | What the alternative means, in Vietnamese; empty: the package does not say';
COMMENT ON COLUMN ref.reading.is_default IS 'Là phương án mặc định | Is it the declared default';
COMMENT ON COLUMN ref.reading.in_force IS 'Đang được dùng | Is it the one in force in the current run';
COMMENT ON COLUMN ref.reading.source IS 'Nguồn của câu hỏi | Source of the question';
INSERT INTO ref.reading BY NAME
SELECT
    name, question, question_en, alternative, means, means_vi, is_default, in_force, source
FROM input.reading
ORDER BY name, alternative;
