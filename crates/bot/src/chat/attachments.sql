-- What came with an instruction, until that has ended: nobody needs it any more then.
CREATE TABLE chat_files (
    instruction INTEGER PRIMARY KEY,
    -- Telegram's name for it, with which it is fetched.
    file TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER
) STRICT;
CREATE TRIGGER chat_files_over AFTER UPDATE OF state ON chat_instructions
WHEN new.state NOT IN ('accepted', 'started')
BEGIN
    DELETE FROM chat_files WHERE instruction = new.id;
END;
