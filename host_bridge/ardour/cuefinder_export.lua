-- Writes a range of a closed session's sound: 16 bit WAV at the session's rate.
-- ardour7-lua cuefinder_export.lua FOLDER SNAPSHOT ANSWER SAMPLE_RATE OUT_FOLDER OUT_NAME START END [TRACK]
local folder, snapshot, answered, rate, out_folder, out_name, first, last, only = table.unpack (arg)
local WAV = "75969a1c-3133-4694-864b-a1fa50e43348" -- "WAV @ session-rate", which comes with Ardour

local function work ()
	local backend = AudioEngine:set_backend ("None (Dummy)", "Cuefinder", "")
	backend:set_sample_rate (tonumber (rate))
	local session = assert (load_session (folder, snapshot), "Ardour cannot open the session")
	session:cancel_all_solo ()
	local found = not only
	for track in session:get_tracks ():iter () do
		if track:to_stateful ():id ():to_s () == only then
			track:solo_control ():set_value (1, PBD.GroupControlDisposition.NoGroup)
			found = true
		end
	end
	assert (found, "there is no such timeline track any more")
	local export = session:simple_export ()
	assert (export:check_outputs (), "the session has no master bus to export from")
	assert (export:set_preset (WAV), "Ardour's export preset for WAV files is missing")
	export:set_folder (out_folder)
	export:set_name (out_name)
	export:set_range (tonumber (first), tonumber (last))
	assert (export:run_export (), "Ardour could not export")
end

local good, reason = pcall (work)
local file = assert (io.open (answered .. ".new", "w"))
file:write (good and "done" or "failed " .. tostring (reason):gsub ("^[^:]*:%d+: ", ""), "\n")
file:close ()
os.rename (answered .. ".new", answered) -- who waits for it sees all of it
close_session ()
quit ()
