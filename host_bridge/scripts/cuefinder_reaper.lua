-- Cuefinder in REAPER: load it once by Actions > Show action list > New action > Load ReaScript, then run it.
-- It waits for Cuefinder's panel and goes on until REAPER quits or it is started again; it needs no extension.
-- It has been tested against an imitation of REAPER's functions only. It has not met the real program yet.
--
-- It speaks the protocol of docs/host-protocol.md through a folder, since REAPER's Lua has no sockets, and works
-- from reaper.defer on REAPER's main thread, so that nothing changes between its looks and its edits.

local PROTOCOL = 1
local STEP = "Cuefinder: "
local LOOK, BEAT, PATIENCE, TELL = 0.05, 3, 6, 0.5 -- seconds between looks, signs of life, tries, and changes told
local LONGEST = 16 * 1024 * 1024
local REFUSED, STALE, PARTIAL, NOTHING_TO_UNDO = -32000, -32001, -32002, -32003
local NO_METHOD, INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR = -32601, -32602, -32600, -32700
local CAPABILITIES = {"playhead", "selection", "seek", "insert_cue", "fades", "gain", "markers", "annotate",
                      "rename_tracks", "colour_tracks", "export_range", "watch", "undo"}
local EXT_CUE, EXT_CAPTION = "P_EXT:cuefinder", "P_EXT:cuefinder_caption"
-- Sound alone, which REAPER opens as VIDEO all the same because it leaves them to its video decoder.
local SOUND_ONLY = {m4a = true, aac = true, mka = true, wma = true, ac3 = true, opus = true, ogg = true, mp3 = true}

-- JSON ---------------------------------------------------------------------------------------------------------

local json = {null = setmetatable({}, {__tostring = function() return "null" end})}
local LIST = {}
local BAD = "\u{FFFD}"
local ESCAPES = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t"}
local UNESCAPES = {['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t"}

-- A table that is written as a list, empty or not; all other tables are objects.
function json.list(values)
  return setmetatable(values or {}, LIST)
end

function json.is_list(value)
  return getmetatable(value) == LIST
end

-- The code point at byte i and the index after it; nil where the bytes are no UTF-8.
local function code_point(text, i)
  local first = text:byte(i)
  local more, least, value
  if first < 0x80 then return first, i + 1
  elseif first >= 0xC2 and first <= 0xDF then more, least, value = 1, 0x80, first & 0x1F
  elseif first >= 0xE0 and first <= 0xEF then more, least, value = 2, 0x800, first & 0x0F
  elseif first >= 0xF0 and first <= 0xF4 then more, least, value = 3, 0x10000, first & 0x07
  else return nil, i + 1 end
  for k = 1, more do
    local byte = text:byte(i + k)
    if not byte or byte & 0xC0 ~= 0x80 then return nil, i + 1 end
    value = value << 6 | byte & 0x3F
  end
  if value < least or value > 0x10FFFF or (value >= 0xD800 and value <= 0xDFFF) then return nil, i + 1 end
  return value, i + more + 1
end

local function is_utf8(text)
  local i = 1
  if not text:find("[\128-\255]") then return true end
  while i <= #text do
    local value
    value, i = code_point(text, i)
    if not value then return false end
  end
  return true
end

local function escaped(text)
  text = text:gsub('["\\\0-\31\127]', function(char)
    return ESCAPES[char] or string.format("\\u%04x", char:byte())
  end)
  if not text:find("[\128-\255]") then return text end
  local out, i = {}, 1
  while i <= #text do
    local value
    value, i = code_point(text, i)
    value = value or 0xFFFD
    if value < 0x80 then out[#out + 1] = string.char(value)
    elseif value < 0x10000 then out[#out + 1] = string.format("\\u%04x", value)
    else
      value = value - 0x10000
      out[#out + 1] = string.format("\\u%04x\\u%04x", 0xD800 + (value >> 10), 0xDC00 + (value & 0x3FF))
    end
  end
  return table.concat(out)
end

local function write_value(value, out)
  local kind = type(value)
  if value == nil or value == json.null then out[#out + 1] = "null"
  elseif kind == "boolean" then out[#out + 1] = tostring(value)
  elseif kind == "number" then
    if value ~= value or value == math.huge or value == -math.huge then error("NaN and infinity are no JSON") end
    -- A locale may write 0,5.
    out[#out + 1] = math.type(value) == "integer" and string.format("%d", value)
      or (string.format("%.17g", value):gsub(",", "."))
  elseif kind == "string" then out[#out + 1] = '"' .. escaped(value) .. '"'
  elseif kind == "table" and json.is_list(value) then
    out[#out + 1] = "["
    for i = 1, #value do
      if i > 1 then out[#out + 1] = "," end
      write_value(value[i], out)
    end
    out[#out + 1] = "]"
  elseif kind == "table" then
    out[#out + 1] = "{"
    local first = true
    for key, part in pairs(value) do
      out[#out + 1] = (first and '"' or ',"') .. escaped(tostring(key)) .. '":'
      first = false
      write_value(part, out)
    end
    out[#out + 1] = "}"
  else error("no JSON: " .. kind) end
end

-- The text, all ASCII.
function json.encode(value)
  local out = {}
  write_value(value, out)
  return table.concat(out)
end

local read_value

local function wrong(what, i)
  error({json = what .. " at byte " .. i}, 0)
end

local function skip(text, i)
  return text:find("[^ \t\r\n]", i) or #text + 1
end

local function read_escape(text, i)
  local hex = text:match("^u(%x%x%x%x)", i)
  if not hex then
    local char = UNESCAPES[text:sub(i, i)]
    if not char then wrong("an escape that is none", i) end
    return char, i + 1
  end
  local value = tonumber(hex, 16)
  if value >= 0xD800 and value <= 0xDBFF then
    local low = tonumber(text:match("^\\u([dD][c-fC-F]%x%x)", i + 5) or "", 16)
    if low then return utf8.char(0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)), i + 11 end
    return BAD, i + 5
  end
  -- So Python writes the bytes of a path that is no UTF-8.
  if value >= 0xDC80 and value <= 0xDCFF then return string.char(value - 0xDC00), i + 5 end
  if value >= 0xDC00 and value <= 0xDFFF then return BAD, i + 5 end
  return utf8.char(value), i + 5
end

local function read_string(text, i)
  local out = {}
  while true do
    local at = text:find('["\\\0-\31]', i)
    if not at then wrong("a text without end", i) end
    out[#out + 1] = text:sub(i, at - 1)
    local char = text:sub(at, at)
    if char == '"' then return table.concat(out), at + 1 end
    if char ~= "\\" then wrong("a control character in a text", at) end
    out[#out + 1], i = read_escape(text, at + 1)
  end
end

local function read_number(text, i)
  local whole = text:match("^-?%d+", i)
  if not whole or whole:find("^-?0%d") then wrong("no value", i) end
  i = i + #whole
  local rest = text:match("^%.%d+", i) or ""
  rest = rest .. (text:match("^[eE][+-]?%d+", i + #rest) or "")
  return tonumber(whole .. rest), i + #rest
end

local function read_parts(text, i, depth, close, read_part)
  i = skip(text, i)
  if text:sub(i, i) == close then return i + 1 end
  while true do
    i = skip(text, read_part(i, depth))
    local char = text:sub(i, i)
    if char == close then return i + 1 end
    if char ~= "," then wrong("neither a comma nor " .. close, i) end
    i = skip(text, i + 1)
  end
end

function read_value(text, i, depth)
  local char = text:sub(i, i)
  if depth > 64 then wrong("too deep", i) end
  if char == '"' then return read_string(text, i + 1) end
  if char == "[" then
    local list = json.list()
    return list, read_parts(text, i + 1, depth, "]", function(at)
      list[#list + 1], at = read_value(text, at, depth + 1)
      return at
    end)
  end
  if char == "{" then
    local object = {}
    return object, read_parts(text, i + 1, depth, "}", function(at)
      if text:sub(at, at) ~= '"' then wrong("no name of a member", at) end
      local name
      name, at = read_string(text, at + 1)
      at = skip(text, at)
      if text:sub(at, at) ~= ":" then wrong("no colon", at) end
      object[name], at = read_value(text, skip(text, at + 1), depth + 1)
      return at
    end)
  end
  for word, value in pairs({["true"] = true, ["false"] = false, null = json.null}) do
    if text:sub(i, i + #word - 1) == word then return value, i + #word end
  end
  return read_number(text, i)
end

-- The value, null as json.null; nil and the reason where the text is no JSON.
function json.decode(text)
  local good, value = pcall(function()
    local found, after = read_value(text, skip(text, 1), 0)
    after = skip(text, after)
    if after <= #text then wrong("more than one value", after) end
    return found
  end)
  if good then return value end
  return nil, type(value) == "table" and value.json or tostring(value)
end

-- What REAPER has ---------------------------------------------------------------------------------------------

local function refuse(code, message, data)
  error({code = code, message = message, data = data}, 0)
end

-- The nearest sample; a half goes up.
local function samples(seconds, rate)
  return math.floor(seconds * rate + 0.5)
end

-- Device rates come and go with the device: what the panel was told last is what its frames mean.
local told_rate

local function rate_of(project)
  local rate = reaper.GetSetProjectInfo(project, "PROJECT_SRATE", 0, false)
  if reaper.GetSetProjectInfo(project, "PROJECT_SRATE_USE", 0, false) == 0 then
    local known, said = reaper.GetAudioDeviceInfo("SRATE", "")
    rate = known and tonumber(said) or rate
  end
  return rate > 0 and math.floor(rate + 0.5) or 48000
end

local function frames_rate(project)
  return told_rate or rate_of(project)
end

local function item_text(item, name)
  local found, text = reaper.GetSetMediaItemInfo_String(item, name, "", false)
  return found and text or ""
end

local function track_text(track, name)
  local found, text = reaper.GetSetMediaTrackInfo_String(track, name, "", false)
  return found and text or ""
end

local function each_track(project)
  local i = -1
  return function()
    i = i + 1
    return reaper.GetTrack(project, i)
  end
end

local function each_item(track)
  local i, count = -1, reaper.CountTrackMediaItems(track)
  return function()
    i = i + 1
    return i < count and reaper.GetTrackMediaItem(track, i) or nil
  end
end

local function colour_of(track)
  local native = reaper.GetTrackColor(track)
  if native & 0x1000000 == 0 then return nil end
  return string.format("#%02x%02x%02x", reaper.ColorFromNative(native & 0xFFFFFF))
end

local function native_colour(hex)
  local red, green, blue = hex:match("^#(%x%x)(%x%x)(%x%x)$")
  if not red then refuse(INVALID_PARAMS, "a colour must be #rrggbb, not " .. tostring(hex)) end
  return reaper.ColorToNative(tonumber(red, 16), tonumber(green, 16), tonumber(blue, 16)) | 0x1000000
end

-- The file behind a take, where it begins in it, and whether it shows pictures; sections of files are looked through.
local function media_of(take)
  local offset = reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS")
  local source = reaper.GetMediaItemTake_Source(take)
  while source do
    local parent = reaper.GetMediaSourceParent(source)
    if not parent then break end
    local is_section, begins = reaper.PCM_Source_GetSectionInfo(source)
    if is_section then offset = offset + begins end
    source = parent
  end
  if not source then return nil, offset, false end
  local path = reaper.GetMediaSourceFileName(source, "")
  local ending = (path:match("%.(%w+)$") or ""):lower()
  local video = reaper.GetMediaSourceType(source, "") == "VIDEO" and not SOUND_ONLY[ending]
  return path ~= "" and path or nil, offset, video
end

local function cue_of(item)
  local text = item_text(item, EXT_CUE)
  local cue = text ~= "" and json.decode(text) or nil
  return type(cue) == "table" and not json.is_list(cue) and cue or nil
end

local function place_of(item)
  local position = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
  return position, position + reaper.GetMediaItemInfo_Value(item, "D_LENGTH")
end

local function clip_of(item, rate)
  local take = reaper.GetActiveTake(item)
  local first, last = place_of(item)
  local start = samples(first, rate)
  local clip = {
    id = item_text(item, "GUID"), name = "", start = start, duration = math.max(1, samples(last, rate) - start),
    selected = reaper.GetMediaItemInfo_Value(item, "B_UISEL") ~= 0,
    enabled = reaper.GetMediaItemInfo_Value(item, "B_MUTE") == 0, cue = cue_of(item),
  }
  local caption = item_text(item, EXT_CAPTION)
  clip.caption = caption ~= "" and caption or nil
  if not take then return clip, false end
  local path, offset, video = media_of(take)
  clip.source = json.list({samples(offset, rate), rate, 1})
  clip.name = reaper.GetTakeName(take)
  if path then
    -- A name in another encoding than UTF-8 cannot travel; the panel has the sound exported then.
    clip.media = is_utf8(path) and path or nil
    clip.name = clip.name ~= "" and clip.name or path:match("[^/\\]*$")
  end
  return clip, video
end

local function tracks_of(project, rate)
  local tracks = json.list()
  for track in each_track(project) do
    local kinds = {video = json.list(), audio = json.list()}
    for item in each_item(track) do
      local clip, video = clip_of(item, rate)
      local clips = video and kinds.video or kinds.audio
      clips[#clips + 1] = clip
    end
    for _, kind in ipairs({"video", "audio"}) do
      -- REAPER's tracks hold both; one with both comes twice, with the same id.
      if #kinds[kind] > 0 or (kind == "audio" and #kinds.video == 0) then
        tracks[#tracks + 1] = {id = reaper.GetTrackGUID(track), name = track_text(track, "P_NAME"), kind = kind,
                               colour = colour_of(track), clips = kinds[kind]}
      end
    end
  end
  return tracks
end

-- FNV-1a over words of eight bytes: a name for what lies where.
local function hash(text)
  local value = -3750763034362895579
  text = text .. ("\0"):rep(-#text % 8)
  for i = 1, #text, 8 do
    value = (value ~ string.unpack("<i8", text, i)) * 1099511628211
    value = value ~ value >> 29
  end
  return string.format("%016x", value)
end

local function revision_of(tracks, rate, path)
  local lines = {path, tostring(rate)}
  for _, track in ipairs(tracks) do
    lines[#lines + 1] = track.id .. "\0" .. track.name .. "\0" .. track.kind
    for _, clip in ipairs(track.clips) do
      lines[#lines + 1] = table.concat({clip.id, clip.name, clip.media or "", clip.start, clip.duration,
                                        clip.source and clip.source[1] or 0, tostring(clip.enabled)}, "\0")
    end
  end
  return hash(table.concat(lines, "\1"))
end

local function markers_of(project, rate)
  local markers = json.list()
  local i = 0
  while true do
    local more, region, position, last, name = reaper.EnumProjectMarkers3(project, i)
    if more == 0 then return markers end
    local start = samples(position, rate)
    markers[#markers + 1] = {name = name, comment = "", start = start,
                             duration = region and math.max(0, samples(last, rate) - start) or 0}
    i = i + 1
  end
end

local function playhead_of(project)
  local playing = reaper.GetPlayStateEx(project) & 1 ~= 0
  return math.max(0, playing and reaper.GetPlayPositionEx(project) or reaper.GetCursorPositionEx(project))
end

local function project_now()
  return reaper.EnumProjects(-1, "")
end

local function revision_now(project, path)
  local rate = frames_rate(project)
  return revision_of(tracks_of(project, rate), rate, path)
end

local function find_item(project, wanted)
  for track in each_track(project) do
    for item in each_item(track) do
      if wanted(item) then return item, track end
    end
  end
end

-- Edits -------------------------------------------------------------------------------------------------------

-- Change the project in one undo block. What fails in the middle is taken back; if that cannot be, it is said.
local function step(project, path, name, change)
  local before = revision_now(project, path)
  reaper.PreventUIRefresh(1)
  reaper.Undo_BeginBlock2(project)
  local good, value = pcall(change)
  reaper.Undo_EndBlock2(project, name, -1)
  if not good and reaper.Undo_CanUndo2(project) == name then reaper.Undo_DoUndo2(project) end
  reaper.PreventUIRefresh(-1)
  reaper.UpdateArrange()
  if good then return value end
  local reason = type(value) == "table" and value.message or tostring(value)
  if revision_now(project, path) ~= before then
    refuse(PARTIAL, reason, {done = json.list({"a part of: " .. name}), undone = json.list({"the rest of it"})})
  end
  refuse(REFUSED, reason .. "; nothing was changed")
end

local function is_free(track, first, last, rate)
  local near = 0.5 / rate
  for item in each_item(track) do
    local begins, ends = place_of(item)
    if begins < last - near and first < ends - near then return false end
  end
  return true
end

-- Music on an instrument, on a folder or out of sight would not sound as meant.
local function takes_music(track)
  if reaper.GetMediaTrackInfo_Value(track, "I_FOLDERDEPTH") == 1 then return false end
  if reaper.GetMediaTrackInfo_Value(track, "B_SHOWINTCP") == 0 then return false end
  if reaper.TrackFX_GetInstrument(track) >= 0 then return false end
  for item in each_item(track) do
    local take = reaper.GetActiveTake(item)
    if take and select(3, media_of(take)) then return false end
  end
  return true
end

local function track_for(project, first, last, rate, wanted)
  for track in each_track(project) do
    local named = wanted and (wanted == reaper.GetTrackGUID(track) or wanted == track_text(track, "P_NAME"))
    if named and is_free(track, first, last, rate) then return track end
  end
  for track in each_track(project) do
    if takes_music(track) and is_free(track, first, last, rate) then return track end
  end
end

local function new_track(project)
  local names, name, number = {}, "Cuefinder", 1
  for track in each_track(project) do names[track_text(track, "P_NAME")] = true end
  while names[name] do
    number = number + 1
    name = "Cuefinder " .. number
  end
  local index = reaper.CountTracks(project)
  reaper.InsertTrackAtIndex(index, true)
  local track = reaper.GetTrack(project, index)
  if not track then error("REAPER made no track", 0) end
  reaper.GetSetMediaTrackInfo_String(track, "P_NAME", name, true)
  return track
end

local function placement(item, track, rate, more)
  local clip = clip_of(item, rate)
  more.clip, more.start, more.duration = clip.id, clip.start, clip.duration
  more.timeline_track = track_text(track, "P_NAME")
  return more
end

local function open_source(path)
  local file, reason = io.open(path, "rb")
  if not file then refuse(REFUSED, path .. ": REAPER cannot read it: " .. tostring(reason)) end
  file:close()
  local source = reaper.PCM_Source_CreateFromFile(path)
  local length, in_beats
  if source then length, in_beats = reaper.GetMediaSourceLength(source) end
  if source and (in_beats or length <= 0) then
    reaper.PCM_Source_Destroy(source)
    source = nil
  end
  if not source then refuse(REFUSED, path .. ": REAPER cannot play it; is it a sound file?") end
  return source, length
end

-- In the project file a text may hold two kinds of quotes at most, so those are written in hexadecimal.
local function kept_text(value)
  return (json.encode(value):gsub("['`]", function(char) return string.format("\\u%04x", char:byte()) end))
end

local function lay_cue(track, source, cue, rate)
  local item = reaper.AddMediaItemToTrack(track)
  local take = item and reaper.AddTakeToMediaItem(item)
  if not take or not reaper.SetMediaItemTake_Source(take, source) then error("REAPER made no item", 0) end
  for name, value in pairs({
    D_POSITION = cue.start / rate, D_LENGTH = cue.duration / rate, D_FADEINLEN = cue.fade_in / rate,
    D_FADEOUTLEN = cue.fade_out / rate, D_VOL = 10 ^ (cue.gain_db / 20), B_LOOPSRC = 0,
  }) do
    if not reaper.SetMediaItemInfo_Value(item, name, value) then error("REAPER refused " .. name, 0) end
  end
  reaper.SetMediaItemTakeInfo_Value(take, "D_STARTOFFS", cue.source[1] * cue.source[3] / cue.source[2])
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", cue.name, true)
  reaper.GetSetMediaItemInfo_String(item, EXT_CUE, kept_text({key = cue.key, title = cue.title, artist = cue.artist}),
                                    true)
  return item
end

local methods = {}

function methods.ping()
  return "pong"
end

function methods.timeline(project, path)
  local rate = rate_of(project)
  told_rate = rate
  local tracks = tracks_of(project, rate)
  local first, last = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
  local name = reaper.GetProjectName(project, "")
  return {
    name = name ~= "" and name or "unsaved project", project = path ~= "" and path or nil,
    revision = revision_of(tracks, rate, path), rate = json.list({rate, 1}),
    start = math.max(0, samples(reaper.GetProjectTimeOffset(project, false), rate)), drop_frame = false,
    playhead = samples(playhead_of(project), rate), tracks = tracks, markers = markers_of(project, rate),
    selection = last > first and json.list({samples(first, rate), samples(last, rate) - samples(first, rate)}) or nil,
  }
end

function methods.insert_cue(project, path, cue)
  local rate = frames_rate(project)
  if cue.revision and cue.revision ~= revision_now(project, path) then
    refuse(STALE, "the timeline changed since it was read; nothing was placed, look at it again")
  end
  local known, known_track = find_item(project, function(item)
    local found = cue_of(item)
    return found and found.key == cue.key
  end)
  if known then return placement(known, known_track, rate, {created = false, already = true}) end
  local source, length = open_source(cue.path)
  if cue.source[1] * cue.source[3] / cue.source[2] >= length then
    reaper.PCM_Source_Destroy(source)
    refuse(REFUSED, cue.path .. ": the part to place begins after its end")
  end
  return step(project, path, cue.step, function()
    local first, last = cue.start / rate, (cue.start + cue.duration) / rate
    local free = track_for(project, first, last, rate, cue.timeline_track)
    local track = free or new_track(project)
    local item = lay_cue(track, source, cue, rate)
    reaper.Main_OnCommandEx(40047, 0, project) -- build the peaks that are missing
    return placement(item, track, rate, {created = not free, already = false})
  end)
end

-- The basic hues by which the panel names colours.
local COLOURS = {red = "#e04040", orange = "#e08030", yellow = "#e0d040", green = "#40b050", cyan = "#40c0c0",
                 blue = "#4060e0", purple = "#9040c0", magenta = "#d040b0", pink = "#e080b0", black = "#101010",
                 white = "#f0f0f0"}

function methods.add_markers(project, path, params)
  local rate = frames_rate(project)
  step(project, path, params.step, function()
    for _, marker in ipairs(params.markers) do
      local first = marker.start / rate
      local colour = COLOURS[marker.colour] and native_colour(COLOURS[marker.colour]) or 0
      local name = marker.comment ~= "" and marker.comment ~= nil and marker.name .. ": " .. marker.comment
        or marker.name
      local index = reaper.AddProjectMarker2(project, marker.duration > 0, first, first + marker.duration / rate, name,
                                             -1, colour)
      if index < 0 then error("REAPER took no marker " .. name, 0) end
    end
  end)
  return {}
end

function methods.annotate(project, path, params)
  local item = find_item(project, function(item) return item_text(item, "GUID") == params.clip end)
  if not item then refuse(REFUSED, "there is no clip " .. params.clip .. " any more; read the timeline again") end
  step(project, path, params.step, function()
    reaper.GetSetMediaItemInfo_String(item, EXT_CAPTION, params.caption, true)
  end)
  return {}
end

function methods.edit_tracks(project, path, params)
  local tracks = {}
  for track in each_track(project) do tracks[reaper.GetTrackGUID(track)] = track end
  for _, edit in ipairs(params.edits) do
    if not tracks[edit.id] then refuse(STALE, "there is no timeline track " .. tostring(edit.id) .. " any more") end
    if edit.colour then native_colour(edit.colour) end
  end
  step(project, path, params.step, function()
    for _, edit in ipairs(params.edits) do
      local track = tracks[edit.id]
      if edit.name then reaper.GetSetMediaTrackInfo_String(track, "P_NAME", edit.name, true) end
      if edit.colour then reaper.SetTrackColor(track, native_colour(edit.colour)) end
    end
  end)
  return {}
end

function methods.seek(project, _, params)
  reaper.SetEditCurPos2(project, params.to / frames_rate(project), true, false)
  return {}
end

function methods.undo(project)
  local last = reaper.Undo_CanUndo2(project)
  if not last or last:sub(1, #STEP) ~= STEP then
    refuse(NOTHING_TO_UNDO, "the last change is not one of Cuefinder's")
  end
  if reaper.Undo_DoUndo2(project) == 0 then refuse(REFUSED, "REAPER did not undo: " .. last) end
  reaper.UpdateArrange()
  return {}
end

local RENDER = {"RENDER_SETTINGS", "RENDER_CHANNELS", "RENDER_SRATE", "RENDER_TAILFLAG", "RENDER_ADDTOPROJ",
                "RENDER_DITHER", "RENDER_NORMALIZE"}
local RENDER_TEXTS = {"RENDER_FILE", "RENDER_PATTERN", "RENDER_FORMAT", "RENDER_FORMAT2"}
local WAV_16 = "ZXZhdxAAAAA="

-- Render by the project's own settings, and put back every one of them.
local function render(project, first, last, folder, name, via_track)
  local numbers, texts, selected = {}, {}, {}
  local function number(key, value)
    return reaper.GetSetProjectInfo(project, key, value or 0, value ~= nil)
  end
  local function text(key, value)
    return select(2, reaper.GetSetProjectInfo_String(project, key, value or "", value ~= nil))
  end
  local bounds = number("RENDER_BOUNDSFLAG")
  number("RENDER_BOUNDSFLAG", 0)
  for _, key in ipairs(RENDER) do numbers[key] = number(key) end
  for _, key in ipairs({"RENDER_STARTPOS", "RENDER_ENDPOS"}) do numbers[key] = number(key) end
  for _, key in ipairs(RENDER_TEXTS) do texts[key] = text(key) end
  local good, reason = pcall(function()
    for _, key in ipairs(RENDER) do number(key, 0) end
    number("RENDER_SETTINGS", via_track and 128 or 0)
    number("RENDER_CHANNELS", 2)
    number("RENDER_STARTPOS", first)
    number("RENDER_ENDPOS", last)
    text("RENDER_FILE", folder)
    text("RENDER_PATTERN", name)
    text("RENDER_FORMAT", WAV_16)
    text("RENDER_FORMAT2", "")
    if via_track then
      for track in each_track(project) do
        selected[track] = reaper.IsTrackSelected(track)
        reaper.SetTrackSelected(track, track == via_track)
      end
    end
    reaper.Main_OnCommandEx(42230, 0, project) -- render by the latest settings, close the dialog by itself
  end)
  for track, was in pairs(selected) do reaper.SetTrackSelected(track, was) end
  for key, value in pairs(numbers) do number(key, value) end
  for key, value in pairs(texts) do text(key, value) end
  number("RENDER_BOUNDSFLAG", bounds)
  if not good then error(reason, 0) end
end

function methods.export_range(project, _, params)
  local rate = frames_rate(project)
  local folder, name = params.path:match("^(.*)[/\\]([^/\\]+)$")
  if not folder or folder:find("%$") then
    refuse(REFUSED, params.path .. ": REAPER cannot render to a folder with $ in its name")
  end
  local via_track
  if params.timeline_track then
    for track in each_track(project) do
      if reaper.GetTrackGUID(track) == params.timeline_track then via_track = track end
    end
    if not via_track then refuse(STALE, "there is no timeline track " .. params.timeline_track .. " any more") end
  end
  -- In the wanted name a $ would be a wildcard, so that it is rendered to a plain one and then renamed.
  local plain = "cuefinder-" .. hash(params.path .. reaper.time_precise())
  local made = folder .. "/" .. plain .. ".wav"
  render(project, params.start / rate, (params.start + params.duration) / rate, folder, plain, via_track)
  local good, reason = os.rename(made, params.path)
  if not good then refuse(REFUSED, params.path .. ": REAPER rendered nothing there: " .. tostring(reason)) end
  return {}
end

-- Params ------------------------------------------------------------------------------------------------------

local function must(kind, name, value)
  if kind == "count" and math.type(value) == "integer" and value >= 0 then return value end
  if kind ~= "count" and type(value) == kind then return value end
  refuse(INVALID_PARAMS, name .. " must be a " .. kind)
end

local SHAPES = {
  insert_cue = {path = "string", name = "string", key = "string", start = "count", duration = "count",
                source = "table", fade_in = "count", fade_out = "count", gain_db = "number", step = "string"},
  add_markers = {markers = "table", step = "string"}, annotate = {clip = "string", caption = "string", step = "string"},
  edit_tracks = {edits = "table", step = "string"}, seek = {to = "count"},
  export_range = {start = "count", duration = "count", path = "string"},
}

-- Objects without their nulls.
local function without_null(value)
  for key, part in pairs(value) do
    if part == json.null then value[key] = nil
    elseif type(part) == "table" then without_null(part) end
  end
  return value
end

local function checked(method, params)
  params = without_null(params)
  for name, kind in pairs(SHAPES[method] or {}) do must(kind, name, params[name]) end
  if method == "insert_cue" then
    for i = 1, 3 do must("count", "source", params.source[i]) end
    if params.source[2] == 0 or params.duration == 0 then refuse(INVALID_PARAMS, "a duration or rate of nothing") end
  elseif method == "add_markers" then
    for _, marker in ipairs(params.markers) do
      must("table", "marker", marker)
      must("string", "name", marker.name)
      must("count", "start", marker.start)
      marker.duration = must("count", "duration", marker.duration or 0)
    end
  elseif method == "edit_tracks" then
    for _, edit in ipairs(params.edits) do must("table", "edit", edit) end
  end
  return params
end

-- The conversation --------------------------------------------------------------------------------------------

local link, instance, runner
local last_look, last_try, connections, said_version = 0, -math.huge, 0, false

local function bridge_folder()
  local own = os.getenv("CUEFINDER_BRIDGE")
  if own and own ~= "" then return own end
  local system, home = reaper.GetOS(), os.getenv("HOME") or ""
  if system:find("^Win") then
    local base = os.getenv("LOCALAPPDATA") or (os.getenv("USERPROFILE") or "") .. "/AppData/Local"
    return base .. "/Cuefinder/bridge"
  end
  if system:find("^OSX") or system:find("^macOS") then
    return home .. "/Library/Application Support/Cuefinder/bridge"
  end
  local state = os.getenv("XDG_STATE_HOME")
  return (state and state ~= "" and state or home .. "/.local/state") .. "/cuefinder/bridge"
end

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local content = file:read("a")
  file:close()
  return content
end

local function write_file(path, content)
  local file = io.open(path, "wb")
  if not file then return false end
  local good = file:write(content) and true or false
  return file:close() and good
end

local function exists(path)
  return os.rename(path, path) and true or false
end

local function address()
  local found = json.decode(read_file(bridge_folder() .. "/bridge.json") or "")
  if type(found) == "table" and found.protocol == PROTOCOL and type(found.token) == "string" then return found end
end

-- Leave the panel. It takes it from `alive`, since Lua cannot remove folders on every system. `to-host` goes first,
-- so that the panel writes nothing more into it.
local function leave()
  if not link then return end
  local waiting = link.got + 1
  while os.remove(string.format("%s/to-host/%08d.json", link.folder, waiting)) do waiting = waiting + 1 end
  for _, name in ipairs({"open", "closed", ""}) do os.remove(link.folder .. "/to-host/" .. name) end
  for i = link.sent, 1, -1 do
    if not os.remove(string.format("%s/to-panel/%08d.json", link.folder, i)) then break end
  end
  for _, name in ipairs({"/to-panel", "/alive", ""}) do os.remove(link.folder .. name) end
  link = nil
end

local function send(message)
  message.jsonrpc = "2.0"
  local line = json.encode(message)
  if #line > LONGEST then
    line = json.encode({jsonrpc = "2.0", id = message.id,
                        error = {code = REFUSED, message = "the timeline is too large to send"}})
  end
  local place = string.format("%s/to-panel/%08d", link.folder, link.sent + 1)
  if not write_file(place .. ".tmp", line .. "\n") or not os.rename(place .. ".tmp", place .. ".json") then
    leave()
    return
  end
  link.sent = link.sent + 1
end

local function signature()
  local project, path = project_now()
  local first, last = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
  local count = reaper.CountSelectedMediaItems(project)
  local item = count > 0 and reaper.GetSelectedMediaItem(project, 0)
  return table.concat({tostring(project), path, reaper.GetProjectStateChangeCount(project), first, last, count,
                       item and item_text(item, "GUID") or ""}, "\0")
end

local function connect(now)
  local found = address()
  local mail = bridge_folder() .. "/mail"
  if not found or not exists(mail) then return end
  connections = connections + 1
  local folder = string.format("%s/reaper-%s-%d", mail, runner, connections)
  reaper.RecursiveCreateDirectory(folder .. "/to-host", 0)
  -- A panel that starts removes all that lies in `mail`: then this file is gone.
  if not write_file(folder .. "/alive", "") or not write_file(folder .. "/to-host/open", "") then return end
  reaper.RecursiveCreateDirectory(folder .. "/to-panel", 0)
  link = {folder = folder, token = found.token, sent = 0, got = 0, since = now, beat = now, looked = now, told = now,
          welcome = false, signature = signature()}
  send({id = 1, method = "hello", params = {
    protocol = PROTOCOL, token = found.token, host = "REAPER", instance = instance,
    version = reaper.GetAppVersion():match("^[%w.+-]+") or "", capabilities = json.list(CAPABILITIES)}})
end

local function fault_of(reason)
  if type(reason) == "table" and reason.code then return reason end
  return {code = REFUSED, message = "Cuefinder's script failed: " .. tostring(reason):gsub("%s+", " ")}
end

local function answer(message)
  local method, params = message.method, message.params
  if params == nil then params = {} end
  if type(method) ~= "string" or type(params) ~= "table" or json.is_list(params) then
    return nil, {code = INVALID_REQUEST, message = "no request"}
  end
  if not methods[method] then return nil, {code = NO_METHOD, message = "no method " .. method:sub(1, 100)} end
  local project, path = project_now()
  local good, result = pcall(function() return methods[method](project, path, checked(method, params)) end)
  if good then return result end
  return nil, fault_of(result)
end

local function take(line)
  local message, reason = json.decode(line)
  if type(message) ~= "table" or json.is_list(message) then
    send({id = json.null, error = {code = PARSE_ERROR, message = reason or "no object"}})
  elseif message.method == nil then
    if message.id ~= 1 or link.welcome then return end
    link.welcome = message.error == nil
    if link.welcome then return end
    if message.error.code == -32005 and not said_version then
      reaper.ShowConsoleMsg("Cuefinder: " .. tostring(message.error.message) .. "\n")
      said_version = true
    end
    leave()
  elseif message.id ~= nil and message.id ~= json.null then
    local result, fault = answer(message)
    if link then send({id = message.id, result = result, error = fault}) end
  end
end

local function converse(now)
  if now - link.beat > BEAT then
    link.beat = now
    local found = address()
    -- Without the address file the panel is gone, with another token it is another panel.
    if not found or found.token ~= link.token or not write_file(link.folder .. "/alive", "") then return leave() end
  end
  -- Looked at before the lines: all that was sent before the end lies there then.
  local ended = false
  if now - link.looked > TELL then
    link.looked = now
    local place = link.folder .. "/to-host/"
    ended = read_file(place .. "closed") or not read_file(place .. "open")
  end
  for _ = 1, ended and math.huge or 8 do
    local place = string.format("%s/to-host/%08d.json", link.folder, link.got + 1)
    local line = read_file(place)
    if not line then break end
    link.got = link.got + 1
    os.remove(place)
    take(line)
    if not link then return end
  end
  if ended then return leave() end
  if not link.welcome and now - link.since > PATIENCE then return leave() end
  if link.welcome and now - link.told > TELL then
    link.told = now
    local found = signature()
    if found ~= link.signature then
      link.signature = found
      send({method = "changed"})
    end
  end
end

local function look()
  local now = reaper.time_precise()
  if now - last_look < LOOK then return end
  last_look = now
  if link then converse(now)
  elseif now - last_try > BEAT then
    last_try = now
    connect(now)
  end
end

local function cycle()
  -- Started again: the newer one goes on.
  if reaper.GetExtState("cuefinder", "runner") ~= runner then return leave() end
  local good, reason = pcall(look)
  if not good then
    reaper.ShowConsoleMsg("Cuefinder: " .. fault_of(reason).message .. "\n")
    leave()
  end
  reaper.defer(cycle)
end

local function start()
  -- Kept until REAPER quits: the panel knows by it that a new connection is of the same program.
  instance = reaper.GetExtState("cuefinder", "instance")
  local unique = hash(tostring({}) .. os.time() .. reaper.time_precise())
  if instance == "" then
    instance = unique
    reaper.SetExtState("cuefinder", "instance", instance, false)
  end
  runner = unique
  reaper.SetExtState("cuefinder", "runner", runner, false)
  reaper.atexit(leave)
  reaper.defer(cycle)
end

if reaper then start() end
return {json = json, hash = hash}
