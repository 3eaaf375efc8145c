-- SPDX-License-Identifier: BSD-2-Clause
-- What Debian's lua5.4 and the guest's Lua must print alike: the languages' and
-- the libraries' corners, and files below the current folder.

local function show(...) print(...) end

-- Numbers and their formats.
for _, n in ipairs { 0.1, 1e300 * 1e10, -0.0, 2 ^ 53, 1e15, 123456789012, math.pi } do
  show(n, string.format("%.3f %g %e %a %10.2f|%-8d|%x", n, n, n, n, n, 42, 255))
end
show(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, 1 / 0, -1 / 0, 0 / 0 ~= 0 / 0)
show(math.maxinteger + 1 == math.mininteger, 5 // 0.0, 3 | 4, ~0, 1 << 62, 1 >> 63)
show(math.tointeger(3.0), math.type(1), math.type(1.0), math.ult(1, -1), math.fmod(-6, 4))
show(tostring(1e100), tonumber("0x1p4"), tonumber("  12  "), tonumber("1e"), tonumber("z", 36))
for _, f in ipairs { "sin", "cos", "tan", "exp", "log", "sqrt", "atan", "asin" } do
  show(f, string.format("%.10f", math[f](0.5)))
end

-- Strings.
show(("x"):rep(3, ","), ("hello"):byte(1, -1))
show(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
show((("a,b,,c"):gsub(",", ";")), ("%d"):gsub("%%d", "%%1"))
show(string.pack("<i4d", 7, 0.5):byte(1, -1))
show(utf8.char(228, 8364, 128512), utf8.len("äöü"), #"äöü")
show(("%q"):format('a\n"b"\0c'), ("test"):upper():lower():reverse())

-- Tables, closures, coroutines, errors, metatables, goto, integer loops.
local t = {}
for i = 1, 200 do t[i] = (i * 7919) % 1009 end
table.sort(t)
show(table.concat(t, " ", 1, 12), select("#", table.unpack(t)))
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
show(gen(), gen(), gen())
show(pcall(error, { code = 1 }) == false, select(2, pcall(error, "plain", 0)))
show(select(2, pcall(function() local x = nil; return x.y end)))
show(select(2, xpcall(function() error("deep") end, function(m) return "caught " .. m end)))
show(setmetatable({}, { __tostring = function() return "named" end }))
show(select(2, load("return +")))
local deep = 0
local function down() deep = deep + 1; return 1 + down() end
show(pcall(down) == false, deep > 1000)
for i = 3, 1, -1 do if i == 2 then goto on end io.write(i, " ") ::on:: end
print()
do local x <close> = setmetatable({}, { __close = function() show("closed") end }) end

-- The collector.
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 20000 do weak[{}] = ("y"):rep(i % 50) end
collectgarbage()
show(next(weak))

-- Files.
local file = assert(io.open("work.txt", "w"))
for i = 1, 1000 do file:write(i, " ", i * i, "\n") end
file:close()
local sum, lines = 0, 0
for n, square in io.open("work.txt"):lines("n", "n") do
  sum, lines = sum + square, lines + 1
end
show(sum, lines)
file = assert(io.open("work.txt", "r+"))
show(file:seek("end"), file:seek("set", 4), file:read(7), file:read("l"), file:read("n"))
file:seek("set", 0); file:write("X"); file:seek("set", 0); show(file:read("L"))
file:close()
show(os.rename("work.txt", "done.txt"), io.open("work.txt"))
file = io.tmpfile(); file:write("temporary"); file:seek("set"); show(file:read("a")); file:close()
show(os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365), os.time { year = 2000, month = 1, day = 1, hour = 12 })
show(os.getenv("NOTHING"), os.remove("nothing"))

-- Some work: primes, and a permutation count.
local sieve, primes = {}, 0
for i = 2, 20000 do
  if not sieve[i] then
    primes = primes + 1
    for j = i * i, 20000, i do sieve[j] = true end
  end
end
show(primes)
local function permute(a, n, f)
  if n == 0 then return f(a) end
  for i = 1, n do
    a[n], a[i] = a[i], a[n]; permute(a, n - 1, f); a[n], a[i] = a[i], a[n]
  end
end
local count = 0
permute({ 1, 2, 3, 4, 5, 6, 7 }, 7, function(a) if a[1] < a[7] then count = count + 1 end end)
show(count)
