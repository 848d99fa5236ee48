ardour {
	["type"]    = "EditorAction",
	name        = "Cuefinder",
	license     = "GPL",
	author      = "The Cuefinder developers",
	description = [[Does what the Cuefinder panel asks for: places a cue, renames and colours tracks. Put it into an action slot (Edit > Lua Scripts > Script Manager), so that the panel can call it.]]
}

-- Ardour keeps only the factory's bytecode, so all helpers must be inside of it.
-- A request is a file of lines "key value"; % and control characters of a value are written as %XX.
-- With params["library"] it gives its functions instead of an action: so closed sessions are edited with the same code.
function factory (params) return function (...)
	local UNDO = "Cuefinder: "
	local VERSION = 1

	local function parse (text)
		local blocks = {}
		for line in text:gmatch ("[^\n]+") do
			local key, value = line:match ("^(%w+) ?(.*)$")
			assert (key, "a line of the request cannot be read")
			value = value:gsub ("%%(%x%x)", function (hex) return string.char (tonumber (hex, 16)) end)
			if key == "op" then blocks[#blocks + 1] = {} end
			assert (#blocks > 0, "the request does not begin with an op")
			blocks[#blocks][key] = value
		end
		return blocks
	end

	local function safe (text)
		return (text:gsub ("[%%%c ;]", function (char) return ("%%%02X"):format (char:byte ()) end))
	end

	-- who answers, and for which session
	local function hello (session)
		return VERSION .. " " .. safe (session:path ()) .. " " .. safe (session:snap_name ())
	end

	local function number (request, key)
		return assert (tonumber (request[key]), "the request has no number " .. key)
	end

	local function find_track (session, id)
		for track in session:get_tracks ():iter () do
			if track:to_stateful ():id ():to_s () == id then return track end
		end
		error ("there is no timeline track " .. id)
	end

	local function find_region (id)
		for known, region in ARDOUR.RegionFactory.regions ():iter () do
			if known:to_s () == id then return region end
		end
	end

	-- the region of a whole file that is not on the timeline yet
	local function bring (request)
		if request["region"] then
			return assert (find_region (request["region"]), "Ardour did not take the file in")
		end
		local known = {}
		for id in ARDOUR.RegionFactory.regions ():iter () do known[id:to_s ()] = true end
		local files = C.StringVector ()
		files:push_back (request["file"])
		local zero = Temporal.timepos_t (0)
		if request["mode"] == "embed" then
			Editor:do_embed (files, Editing.ImportDistinctFiles, Editing.ImportAsRegion, zero,
				ARDOUR.PluginInfo (), ARDOUR.Track ())
		else
			Editor:do_import (files, Editing.ImportDistinctFiles, Editing.ImportAsRegion, ARDOUR.SrcQuality.SrcBest,
				ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore, zero,
				ARDOUR.PluginInfo (), ARDOUR.Track (), false)
		end
		for id, region in ARDOUR.RegionFactory.regions ():iter () do
			if not known[id:to_s ()] and region:whole_file () then return region end
		end
		error ("Ardour did not take the file in")
	end

	-- Ardour connects a new timeline track on a thread of its own: a session that is saved before that is mute
	local function wait_for_output (session, track)
		if ARDOUR.config ():get_output_auto_connect () == ARDOUR.AutoConnectOption.ManualConnect then return end
		local tries = 0
		while not session:master_out ():isnil () and not track:output ():nth (0):connected () and tries < 200 do
			ARDOUR.LuaAPI.usleep (10000)
			tries = tries + 1
		end
	end

	local function place (session, request)
		local at, start, length = number (request, "at"), number (request, "start"), number (request, "length")
		local fade_in, fade_out, gain = number (request, "fadein"), number (request, "fadeout"), number (request, "gain")
		local track = request["track"] and find_track (session, request["track"])
		local whole = bring (request)
		local available = whole:length ():samples ()
		assert (start < available, "the segment begins after the file's end")
		length = math.min (length, available - start)
		local channels = whole:to_audioregion ():to_readable ():n_channels ()
		if not track then
			local made = session:new_audio_track (channels, 2, nil, 1, request["newtrack"],
				ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
			for one in made:iter () do track = one end
			assert (track, "Ardour made no timeline track")
			wait_for_output (session, track)
		end
		local region = ARDOUR.RegionFactory.clone_region (whole, true, false)
		region:set_name (request["name"])
		region:trim_front (Temporal.timepos_t (start))
		region:trim_end (Temporal.timepos_t (start + length))
		region:set_position (Temporal.timepos_t (at))
		local audio = region:to_audioregion ()
		if gain ~= 1 then audio:set_scale_amplitude (gain) end
		if fade_in > 0 then audio:set_fade_in_active (true) audio:set_fade_in_length (fade_in) end
		if fade_out > 0 then audio:set_fade_out_active (true) audio:set_fade_out_length (fade_out) end
		local playlist = track:to_track ():playlist ()
		session:begin_reversible_command (UNDO .. "place a cue")
		playlist:to_stateful ():clear_changes ()
		playlist:add_region (region, Temporal.timepos_t (at), 1, false)
		session:add_stateful_diff_command (playlist:to_statefuldestructible ())
		session:commit_reversible_command (nil)
		return region:to_stateful ():id ():to_s () .. " " .. track:to_stateful ():id ():to_s ()
			.. " " .. whole:to_stateful ():id ():to_s ()
	end

	local function edit (session, request)
		local track = find_track (session, request["track"])
		if request["name"] then
			track:set_name (request["name"])
			assert (track:name () == request["name"], "Ardour does not take the name " .. request["name"])
		end
		if request["colour"] then
			track:presentation_info_ptr ():set_color (number (request, "colour"))
		end
		return request["track"]
	end

	local function run (session, text)
		local said = {}
		local good, reason = pcall (function ()
			for _, request in ipairs (parse (text)) do
				local act = ({ cue = place, edit = edit, hello = hello })[request["op"]]
				said[#said + 1] = assert (act, "an op of the request is not known") (session, request)
			end
		end)
		if good then return "done " .. table.concat (said, ";") end
		return "failed " .. tostring (reason):gsub ("^%[?[^:]*:%d+: ", "")
	end

	if params and params["library"] then return run end

	local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "cuefinder")
	local asked = ARDOUR.LuaAPI.build_filename (folder, "request")
	if not ARDOUR.LuaAPI.file_test (asked, ARDOUR.LuaAPI.FileTest.Exists) then return end
	local text = ARDOUR.LuaAPI.file_get_contents (asked)
	local key, rest = text:match ("^key (%w+)\n(.*)$")
	if not key then return end
	os.remove (asked) -- each request is done once, however often the action is called
	local answer = run (Session, rest)
	local path = ARDOUR.LuaAPI.build_filename (folder, "answer")
	local file = assert (io.open (path .. ".new", "w"))
	file:write (key, " ", answer, "\n")
	file:close ()
	os.rename (path .. ".new", path)
end end
