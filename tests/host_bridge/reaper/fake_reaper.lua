-- An imitation of the part of REAPER's functions that our script uses: one project in memory with an undo stack.
-- Run as: lua fake_reaper.lua SCRIPT VIDEO SOUND. Then each line of stdin is one of
--   tick SECONDS   one cycle of the main loop at that time; answered by a line "."
--   do CODE        run Lua in here; answered by "= VALUE" or "! ERROR"
-- What it reproduces on purpose: handles die with undo and with the project, wrong kinds of arguments raise, nothing is
-- undone but by name from one stack, an offline source has no length, names in render patterns have wildcards,
-- settings for rendering stay as a script leaves them, and a time range for rendering counts only with the right flag.

local SCRIPT, VIDEO, SOUND = arg[1], arg[2], arg[3]
local clock, deferred, at_exit, ext_state = 0, {}, {}, {}
local guids = 0
fake = {console = {}, ui = 0, block = nil, commands = {}, device_rate = "48000", fail = {}, projects = {}}

local function guid()
  guids = guids + 1
  return string.format("{%08X-0000-4000-8000-000000000000}", guids)
end

local function copy(value)
  if type(value) ~= "table" or value.kind == "source" then return value end
  local made = {}
  for key, part in pairs(value) do made[key] = copy(part) end
  return made
end

local function must(kind, value)
  if type(value) ~= "table" or value.kind ~= kind then error("argument: " .. kind .. " expected", 3) end
  if value.dead then error("argument: " .. kind .. " is not valid any more", 3) end
  return value
end

local function must_be(kind, value)
  if type(value) ~= kind then error("argument: " .. kind .. " expected, got " .. type(value), 3) end
  return value
end

local function state(project)
  if project == 0 or project == nil then return fake.project.state end
  return must("project", project).state
end

local function kill(what)
  for _, track in ipairs(what.tracks) do
    track.dead = true
    for _, item in ipairs(track.items) do
      item.dead = true
      for _, take in ipairs(item.takes) do take.dead = true end
    end
  end
end

function fake.new_project(path)
  local project = {kind = "project", path = path, count = 1, undo = {}, selection = {0, 0}, cursor = 0, offset = 0,
                   info = {PROJECT_SRATE = 44100, PROJECT_SRATE_USE = 0, RENDER_SETTINGS = 32, RENDER_BOUNDSFLAG = 4,
                           RENDER_CHANNELS = 2, RENDER_SRATE = 96000, RENDER_STARTPOS = 7, RENDER_ENDPOS = 8,
                           RENDER_TAILFLAG = 18, RENDER_ADDTOPROJ = 1, RENDER_DITHER = 3, RENDER_NORMALIZE = 1},
                   texts = {RENDER_FILE = "/mixes", RENDER_PATTERN = "$project", RENDER_FORMAT = "l3pm",
                            RENDER_FORMAT2 = "calf"},
                   state = {tracks = {}, markers = {}}}
  fake.projects[#fake.projects + 1] = project
  return project
end

function fake.add_track(project, name)
  local track = {kind = "track", guid = guid(), name = name, items = {}, colour = 0, selected = false, instrument = -1,
                 values = {I_FOLDERDEPTH = 0, B_SHOWINTCP = 1}}
  table.insert(project.state.tracks, track)
  return track
end

local function source_of(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local head = file:read("a")
  file:close()
  if path:find("%.mp4$") then return {kind = "source", path = path, type = "VIDEO", length = 60} end
  if head:sub(1, 4) ~= "RIFF" then return {kind = "source", path = path, type = "", length = 0} end
  local rate, bytes = string.unpack("<I4I4", head, 25)
  return {kind = "source", path = path, type = "WAVE", length = (#head - 44) / bytes, rate = rate}
end

function fake.add_item(track, path, position, length, offset, name)
  local item = {kind = "item", guid = guid(), ext = {}, takes = {}, values = {
    D_POSITION = position, D_LENGTH = length, B_MUTE = 0, B_UISEL = 0, D_VOL = 1, D_FADEINLEN = 0.01, D_FADEOUTLEN = 0.01,
    B_LOOPSRC = 1}}
  if path then
    item.takes[1] = {kind = "take", name = name or "", source = source_of(path), values = {D_STARTOFFS = offset or 0}}
  end
  table.insert(track.items, item)
  return item
end

-- A change by the user, with an undo step.
function fake.user_step(name, change)
  reaper.Undo_BeginBlock2(fake.project)
  change()
  reaper.Undo_EndBlock2(fake.project, name, -1)
end

function fake.open(project)
  if fake.project then kill(fake.project.state) end
  fake.project = project
end

local function list_of(project, name)
  local out = {}
  for _, track in ipairs(state(project).tracks) do
    for _, item in ipairs(track.items) do
      if name == "all" or item.values.B_UISEL ~= 0 then out[#out + 1] = item end
    end
  end
  return out
end

local function write_tone(path, seconds, rate)
  local parts, count = {}, math.floor(seconds * rate + 0.5)
  for i = 0, count - 1 do
    parts[#parts + 1] = string.pack("<i2i2", math.floor(9000 * math.sin(i / 16)), math.floor(9000 * math.sin(i / 16)))
  end
  local data = table.concat(parts)
  local file = assert(io.open(path, "wb"))
  file:write("RIFF", string.pack("<I4", 36 + #data), "WAVEfmt ", string.pack("<I4I2I2I4I4I2I2", 16, 1, 2, rate, rate * 4,
             4, 16), "data", string.pack("<I4", #data), data)
  file:close()
end

local function render(project)
  local info, texts = project.info, project.texts
  fake.rendered = copy(info)
  fake.rendered.texts = copy(texts)
  if info.RENDER_BOUNDSFLAG ~= 0 then return end -- "Nothing to render!"
  if info.RENDER_SETTINGS == 128 then
    fake.rendered.tracks = {}
    for _, track in ipairs(project.state.tracks) do
      if track.selected then table.insert(fake.rendered.tracks, track.name) end
    end
  end
  local rate = info.RENDER_SRATE > 0 and info.RENDER_SRATE or 48000
  local name = texts.RENDER_PATTERN:gsub("%$%w+", "x")
  write_tone(texts.RENDER_FILE .. "/" .. name .. ".wav", info.RENDER_ENDPOS - info.RENDER_STARTPOS, rate)
end

local function quoted(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

local function get_set(values, ext, name, text, set)
  local key = name:match("^P_EXT:(.+)$")
  local where = key and ext or values
  key = key or name
  if set then
    where[key] = must_be("string", text) ~= "" and text or nil
    return true, text
  end
  return where[key] ~= nil, where[key] or ""
end

reaper = {
  time_precise = function() return clock end,
  defer = function(call) table.insert(deferred, must_be("function", call)) end,
  atexit = function(call) table.insert(at_exit, must_be("function", call)) end,
  GetOS = function() return "Other" end,
  GetAppVersion = function() return "7.22/linux-x86_64" end,
  GetExtState = function(section, key) return ext_state[section .. "/" .. key] or "" end,
  SetExtState = function(section, key, value) ext_state[section .. "/" .. key] = must_be("string", value) end,
  ShowConsoleMsg = function(text) table.insert(fake.console, text) end,
  RecursiveCreateDirectory = function(path) return os.execute("mkdir -p " .. quoted(path)) and 1 or 0 end,
  EnumProjects = function(index)
    assert(index == -1)
    return fake.project, fake.project.path
  end,
  GetProjectName = function(project) return (must("project", project).path:match("[^/]*$")) end,
  GetProjectStateChangeCount = function(project) return must("project", project).count end,
  GetProjectTimeOffset = function(project) return must("project", project).offset end,
  GetAudioDeviceInfo = function() return fake.device_rate ~= nil, fake.device_rate or "" end,
  GetSetProjectInfo = function(project, key, value, set)
    local info = must("project", project).info
    assert(info[key], "no project setting " .. key)
    if set then info[key] = must_be("number", value) end
    return info[key]
  end,
  GetSetProjectInfo_String = function(project, key, value, set)
    local texts = must("project", project).texts
    assert(texts[key], "no project setting " .. key)
    if set then texts[key] = must_be("string", value) end
    return true, texts[key]
  end,
  CountTracks = function(project) return #state(project).tracks end,
  GetTrack = function(project, index) return state(project).tracks[must_be("number", index) + 1] end,
  GetTrackGUID = function(track) return must("track", track).guid end,
  GetTrackColor = function(track) return must("track", track).colour end,
  SetTrackColor = function(track, colour) must("track", track).colour = math.tointeger(colour) | 0x1000000 end,
  -- The colour's order is the system's; here it is blue, green, red.
  ColorToNative = function(red, green, blue) return blue << 16 | green << 8 | red end,
  ColorFromNative = function(colour) return colour & 255, colour >> 8 & 255, colour >> 16 & 255 end,
  GetMediaTrackInfo_Value = function(track, key) return assert(must("track", track).values[key], key) end,
  GetSetMediaTrackInfo_String = function(track, key, text, set)
    assert(key == "P_NAME", key)
    if set then must("track", track).name = must_be("string", text) end
    return true, must("track", track).name
  end,
  TrackFX_GetInstrument = function(track) return must("track", track).instrument end,
  IsTrackSelected = function(track) return must("track", track).selected end,
  SetTrackSelected = function(track, selected) must("track", track).selected = must_be("boolean", selected) end,
  InsertTrackAtIndex = function(index)
    if fake.fail.InsertTrackAtIndex then return end
    assert(index == #fake.project.state.tracks)
    fake.add_track(fake.project, "")
  end,
  CountTrackMediaItems = function(track) return #must("track", track).items end,
  GetTrackMediaItem = function(track, index) return must("track", track).items[index + 1] end,
  AddMediaItemToTrack = function(track)
    if fake.fail.AddMediaItemToTrack then return nil end
    return fake.add_item(must("track", track), nil, 0, 0)
  end,
  AddTakeToMediaItem = function(item)
    local take = {kind = "take", name = "", values = {D_STARTOFFS = 0}}
    table.insert(must("item", item).takes, take)
    return take
  end,
  SetMediaItemTake_Source = function(take, source)
    if fake.fail.SetMediaItemTake_Source then return false end
    must("take", take).source = must("source", source)
    return true
  end,
  GetActiveTake = function(item) return must("item", item).takes[1] end,
  GetTakeName = function(take) return must("take", take).name end,
  GetMediaItemTake_Source = function(take) return must("take", take).source end,
  GetMediaSourceParent = function(source) return must("source", source).parent end,
  PCM_Source_GetSectionInfo = function(source)
    local section = must("source", source).section
    return section ~= nil, section or 0, 0, false
  end,
  GetMediaSourceFileName = function(source, text)
    must_be("string", text)
    return must("source", source).path or ""
  end,
  GetMediaSourceType = function(source) return must("source", source).type end,
  GetMediaSourceLength = function(source) return must("source", source).length, false end,
  PCM_Source_CreateFromFile = function(path) return source_of(must_be("string", path)) end,
  PCM_Source_Destroy = function(source) must("source", source).dead = true end,
  GetMediaItemInfo_Value = function(item, key) return assert(must("item", item).values[key], key) end,
  SetMediaItemInfo_Value = function(item, key, value)
    if fake.fail[key] then return false end
    assert(must("item", item).values[key], key)
    item.values[key] = must_be("number", value) + 0.0
    return true
  end,
  GetSetMediaItemInfo_String = function(item, key, text, set)
    if key == "GUID" then return true, must("item", item).guid end
    return get_set({}, must("item", item).ext, key, text, set)
  end,
  GetMediaItemTakeInfo_Value = function(take, key) return assert(must("take", take).values[key], key) end,
  SetMediaItemTakeInfo_Value = function(take, key, value)
    must("take", take).values[key] = must_be("number", value) + 0.0
    return true
  end,
  GetSetMediaItemTakeInfo_String = function(take, key, text, set)
    assert(key == "P_NAME" and set)
    must("take", take).name = must_be("string", text)
    return true, text
  end,
  CountSelectedMediaItems = function(project) return #list_of(project, "selected") end,
  GetSelectedMediaItem = function(project, index) return list_of(project, "selected")[index + 1] end,
  GetSet_LoopTimeRange2 = function(project, set, loop, first, last)
    assert(not set)
    return table.unpack(must("project", project).selection)
  end,
  GetPlayStateEx = function() return 0 end,
  GetPlayPositionEx = function() return 0 end,
  GetCursorPositionEx = function(project) return must("project", project).cursor end,
  SetEditCurPos2 = function(project, time) must("project", project).cursor = must_be("number", time) end,
  EnumProjectMarkers3 = function(project, index)
    local marker = state(project).markers[index + 1]
    if not marker then return 0, false, 0, 0, "", 0, 0 end
    return index + 1, marker.region, marker.first, marker.last, marker.name, marker.number, marker.colour
  end,
  AddProjectMarker2 = function(project, region, first, last, name, wanted, colour)
    local markers = state(project).markers
    if fake.fail.markers_after and #markers >= fake.fail.markers_after then return -1 end
    table.insert(markers, {region = must_be("boolean", region), first = first, last = last, name = must_be("string", name),
                           number = #markers + 1, colour = colour})
    return #markers
  end,
  PreventUIRefresh = function(by) fake.ui = fake.ui + by end,
  UpdateArrange = function() end,
  Main_OnCommandEx = function(command, flag, project)
    table.insert(fake.commands, command)
    if command == 42230 then render(must("project", project)) end
  end,
  Undo_BeginBlock2 = function(project)
    assert(not fake.block, "an undo block is open already")
    fake.block = copy(must("project", project).state)
  end,
  Undo_EndBlock2 = function(project, name, flags)
    assert(fake.block and flags == -1)
    if not fake.fail.undo then table.insert(project.undo, {name = name, state = fake.block}) end
    fake.block, project.count = nil, project.count + 1
  end,
  Undo_CanUndo2 = function(project)
    local last = must("project", project).undo[#project.undo]
    return last and last.name or nil
  end,
  Undo_DoUndo2 = function(project)
    local last = table.remove(must("project", project).undo)
    if not last then return 0 end
    kill(project.state)
    project.state, project.count = last.state, project.count + 1
    return 1
  end,
}

-- The project that tests begin with.
function fake.begin()
  fake.fail, fake.block, fake.ui, fake.projects, fake.device_rate = {}, nil, 0, {}, "48000"
  local project = fake.new_project("/projects/Übung.rpp")
  fake.open(project)
  local picture = fake.add_track(project, "Video")
  picture.colour = reaper.ColorToNative(0x11, 0x22, 0x33) | 0x1000000
  fake.add_item(picture, VIDEO, 0, 10, 2.5, "shot")
  local talk = fake.add_track(project, "Talk")
  fake.add_item(talk, SOUND, 0.5, 4, 1, "hello")
  fake.add_item(talk, SOUND, 3, 4, 0, "")
  fake.add_item(fake.add_track(project, "Piano"), nil, 20, 2).values.B_MUTE = 1
  project.state.tracks[3].instrument = 0
  table.insert(project.state.markers, {region = false, first = 4, last = 0, name = "boom", number = 1, colour = 0})
end

fake.begin()

local function guarded(call, ...)
  local good, reason = xpcall(call, debug.traceback, ...)
  if not good then io.write("! ", (reason:gsub("\n", " | ")), "\n") end
  return good
end

function fake.run_script()
  dofile(SCRIPT)
end

io.stdout:setvbuf("line")
guarded(fake.run_script)
for line in io.lines() do
  local time, code = line:match("^tick (.+)$"), line:match("^do (.+)$")
  if time then
    clock = tonumber(time)
    local calls = deferred
    deferred = {}
    for _, call in ipairs(calls) do guarded(call) end
    io.write(".\n")
  elseif code then
    local chunk, reason = load(code)
    if not chunk then io.write("! ", reason, "\n")
    else
      local good, value = pcall(chunk)
      io.write(good and "= " or "! ", (tostring(value):gsub("\n", " | ")), "\n")
    end
  end
end
for _, call in ipairs(at_exit) do call() end
