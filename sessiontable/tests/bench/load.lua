-- wrk's script: each request carries the cookies of the next visitor, so that all of them are live all the time.
local requests, at = {}, 0

function init(arguments)
  for cookies in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, cookies ~= "" and { Cookie = cookies } or nil)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
