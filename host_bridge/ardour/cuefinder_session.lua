-- Edits a closed session: ardour7-lua cuefinder_session.lua FOLDER SNAPSHOT REQUEST ANSWER SAMPLE_RATE ACTION
local folder, snapshot, asked, answered, rate, action = table.unpack (arg)

function ardour () end
dofile (action)
local run = factory ({ library = true }) ()

local function read (path)
	local file = assert (io.open (path, "r"))
	local text = file:read ("a")
	file:close ()
	return text
end

local function answer (text)
	local file = assert (io.open (answered .. ".new", "w"))
	file:write (text, "\n")
	file:close ()
	os.rename (answered .. ".new", answered) -- who waits for it sees all of it
end

local backend = AudioEngine:set_backend ("None (Dummy)", "Cuefinder", "")
backend:set_sample_rate (tonumber (rate))
local session = load_session (folder, snapshot)
if not session then
	answer ("failed Ardour cannot open the session")
else
	local said = run (session, read (asked))
	if said:match ("^done") and session:save_state ("", false, false, false, false, false) ~= 0 then
		said = "failed Ardour could not save the session"
	end
	answer (said)
	close_session ()
end
quit ()
