-- What the language server does for Neovim (0.11 or newer), without a screen. From the folder of the repository:
--
--   cp protocol/omt/examples/ping.omt /tmp && OMT_FILE=/tmp/ping.omt nvim --headless -u NONE -n -l editors/vim/try.lua
--
-- The file is not written. DUNBAR names the command if it is not in the PATH.
local said = {}
local function say(...) table.insert(said, string.format(...)) end
local function wait(what, is) assert(vim.wait(10000, is, 20), 'waited in vain for ' .. what) end

vim.opt.runtimepath:append('editors/vim')
vim.cmd('filetype on | syntax on')
vim.filetype.add({ extension = { omt = 'omt' } })
vim.lsp.config('omt', {
  cmd = { vim.env.DUNBAR or 'dunbar', 'omt', 'lsp' },
  filetypes = { 'omt' },
  root_markers = { 'protocol', '.git' },
})
vim.lsp.enable('omt')
assert(vim.env.OMT_FILE, 'OMT_FILE names a copy of ping.omt')
vim.cmd.edit(vim.env.OMT_FILE)

local function clients() return vim.lsp.get_clients({ bufnr = 0 }) end
wait('the server', function() return #clients() > 0 and clients()[1].initialized end)
local client = clients()[1]
say('file type %s, syntax %s, server %s', vim.bo.filetype, vim.b.current_syntax, client.name)

local function go(text)
  vim.fn.cursor(1, 1)
  assert(vim.fn.search('\\V' .. text) > 0, text)
end
local function has(text) return vim.fn.search('\\V' .. text, 'n') > 0 end
local function here() return vim.lsp.util.make_position_params(0, client.offset_encoding) end
local function ask(method, params)
  local answer = client:request_sync('textDocument/' .. method, params, 5000, 0)
  assert(answer and not answer.err, vim.inspect(answer))
  return answer.result
end

go('WAITING -> UP on ECHO')
vim.cmd('normal! wwciwUPP')
vim.cmd('doautocmd TextChanged')
wait('findings', function() return #vim.diagnostic.get(0) == 2 end)
for _, found in ipairs(vim.diagnostic.get(0)) do
  say('finding in line %d: %s %s', found.lnum + 1, found.code, (found.message:gsub('\n', '; ')))
end
vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.kind == 'quickfix' end })
wait('the fix', function() return has('WAITING -> UP on ECHO') and #vim.diagnostic.get(0) == 0 end)
say('fixed by a code action')

go('PROBE)')
say('hover: %s', vim.split(ask('hover', here()).contents.value, '\n')[2])
local references = vim.tbl_extend('force', here(), { context = { includeDeclaration = true } })
say('references: %d', #ask('references', references))
vim.lsp.buf.definition()
wait('the definition', function() return vim.fn.getline('.'):match('^message PROBE') end)
say('definition in line %d', vim.fn.line('.'))
vim.lsp.buf.rename('CALL')
wait('the new name', function() return has('message CALL from') and has('on CALL') end)
say('renamed in %d places', vim.fn.searchcount({ pattern = '\\<CALL\\>' }).total)

go('WAITING -> DOWN')
vim.cmd('normal! I      ')
vim.lsp.buf.format({ timeout_ms = 5000 })
assert(vim.fn.getline('.'):match('^    WAITING'), 'the line was not formatted')
say('formatted')

go('ok = true')
vim.cmd('normal! ww')
say('completions of a value: %d', #ask('completion', here()))
say('declarations in the outline: %d', #ask('documentSymbol', { textDocument = vim.lsp.util.make_text_document_params() }))
print('\n' .. table.concat(said, '\n') .. '\n')
vim.cmd('qall!')
