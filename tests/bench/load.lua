-- wrk -t1 -c8 -d2s -s load.lua URL -- body.json headers.txt
-- Posts one GraphQL body again and again; each request takes the next of the headers, one "name: value" a line, so that no
-- cache for one person helps. Prints one line of JSON.
local body, names, values, count = "", {}, {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  body = file:read("*a")
  file:close()
  for line in io.lines(arguments[2]) do
    local name, value = line:match("^([^:]+): (.+)$")
    names[#names + 1], values[#values + 1] = name, value
  end
end

function request()
  count = count + 1
  local at = count % #names + 1
  local headers = { ["content-type"] = "application/json", ["accept"] = "application/json" }
  headers[names[at]] = values[at]
  return wrk.format("POST", nil, headers, body)
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"rps": %.1f, "failed": %d}\n', summary.requests / (summary.duration / 1e6), failed))
end
