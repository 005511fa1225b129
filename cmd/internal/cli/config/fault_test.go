package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFaultsNameFileLineAndKey(t *testing.T) {
	good := "region: ap-beijing\n"
	require.Equal(t, "ap-beijing", load(t, Sources{File: file(t, good)}).Region)
	for content, want := range map[string]string{
		"listne: x\n":          "cosemu.yaml:2: listne: unknown key; known here: listen, tls_listen, tls_cert, tls_key, ca, console, console_hosts",
		"log-format: json\n":   "cosemu.yaml:2: log-format: unknown key; known here: ",
		"buckets:\n- nme: x\n": "cosemu.yaml:3: buckets[0].nme: unknown key; known here: name, region, acl, cors",
		"buckets:\n- name: a-1\n- {name: b-1, acl: x}":         `cosemu.yaml:4: buckets[1].acl: "x" is none of private, `,
		"buckets:\n- region: x\n":                              "cosemu.yaml:3: buckets[0].name: the bucket's name is missing",
		"buckets: [{name: noappid}]\n":                         "cosemu.yaml:2: buckets[0].name: bucket \"noappid\": ",
		"buckets: [{name: a-1}, {name: a-1}]\n":                `cosemu.yaml:2: buckets[1].name: bucket "a-1" is there twice`,
		"buckets: {name: a-1}\n":                               "cosemu.yaml:2: buckets: want a sequence here, not a mapping",
		"buckets: [a-1]\n":                                     "cosemu.yaml:2: buckets[0]: want a mapping here",
		"fsync: 1\n":                                           "cosemu.yaml:2: fsync: want true or false here",
		"fsync: \"yes\"\n":                                     "cosemu.yaml:2: fsync: want true or false here",
		"data: true\n":                                         "cosemu.yaml:2: data: want a text here, not true or false",
		"data: [x]\n":                                          "cosemu.yaml:2: data: want a text here, not a list",
		"domains: localhost\n":                                 "cosemu.yaml:2: domains: want a sequence here",
		"domains: [localhost, 'a b']\n":                        `cosemu.yaml:2: domains[1]: "a b" is no host name`,
		"domains: ['http://x']\n":                              `cosemu.yaml:2: domains[0]: "http://x" is no host name`,
		"aliases:\n  x.test: nobucket\n":                       `cosemu.yaml:3: aliases.x.test: bucket "nobucket": `,
		"aliases: {'a/b': a-1}\n":                              `cosemu.yaml:2: aliases.a/b: "a/b" is no host name`,
		"aliases: {'127.0.0.1:x': a-1}\n":                      `cosemu.yaml:2: aliases.127.0.0.1:x: "127.0.0.1:x": the port "x" is no number`,
		"aliases: {'127.0.0.1:0': a-1}\n":                      `cosemu.yaml:2: aliases.127.0.0.1:0: "127.0.0.1:0" is no host:port`,
		"aliases: {':9000': a-1}\n":                            `cosemu.yaml:2: aliases.:9000: ":9000" is no host:port`,
		"strict: true\n":                                       "cosemu.yaml:2: strict: want a mapping here",
		"strict: {pathstyle: true}\n":                          "cosemu.yaml:2: strict.pathstyle: unknown key; known here: path_style, cut_at_expiry, appid",
		"strict: {path_style: 1}\n":                            "cosemu.yaml:2: strict.path_style: want true or false here",
		"default_cors: open\n":                                 `cosemu.yaml:2: default_cors: "open" is neither none nor permissive`,
		"buckets: [{name: a-1, cors: all}]\n":                  `cosemu.yaml:2: buckets[0].cors: "all" is neither none nor permissive`,
		"verify: maybe\n":                                      `cosemu.yaml:2: verify: "maybe" is neither enforce nor report`,
		"clock: 20m\n":                                         `cosemu.yaml:2: clock: "20m" is neither a time`,
		"clock: +20x\n":                                        `cosemu.yaml:2: clock: "+20x" is no offset`,
		"clock: 1764000000000\n":                               `cosemu.yaml:2: clock: "1764000000000" is neither a time`,
		"listen: 9000\n":                                       `cosemu.yaml:2: listen: "9000" is no host:port`,
		"listen: 'a:99999'\n":                                  `cosemu.yaml:2: listen: "a:99999": the port "99999" is no number`,
		"max_accounts: 0\n":                                    `cosemu.yaml:2: max_accounts: "0" is no number from 1 on`,
		"max_memory: 64\n":                                     `cosemu.yaml:2: max_memory: "64" is less than 1MiB`,
		"max_memory: -1GiB\n":                                  `cosemu.yaml:2: max_memory: "-1GiB" is no size, such as 64MiB or 2GiB`,
		"max_memory: 64 sheep\n":                               `cosemu.yaml:2: max_memory: "64 sheep" is no size, such as 64MiB or 2GiB`,
		"max_memory: 99999999EiB\n":                            `cosemu.yaml:2: max_memory: "99999999EiB" is no size, such as 64MiB or 2GiB`,
		"grace: 5\n":                                           `cosemu.yaml:2: grace: "5" is no duration`,
		"log_level: loud\n":                                    `cosemu.yaml:2: log_level: "loud" is none of`,
		"log_format: xml\n":                                    `cosemu.yaml:2: log_format: "xml" is neither text nor json`,
		"credentials: [{secret_key: hush}]\n":                  "cosemu.yaml:2: credentials[0].secret_id: the key id is missing",
		"credentials: [{secret_id: a, secret_key: 'hush '}]\n": "cosemu.yaml:2: credentials[0]: ",
		"credentials:\n- secret_id: a\n":                       "cosemu.yaml:3: credentials[0].secret_key: the secret is missing",
		"credentials: [{secret_id: a, secret_key: hush, appid: x}]\n":                                                      `cosemu.yaml:2: credentials[0].appid: "x" is no APPID`,
		"credentials: [{secret_id: a, secret_key: hush, expires: 2026-01-01}]\n":                                           `cosemu.yaml:2: credentials[0].expires: "2026-01-01" is no time`,
		"credentials: [{secret_id: a, secret_key: hush, expires: 1764000000}]\n":                                           `cosemu.yaml:2: credentials[0].expires: only temporary keys expire`,
		"credentials: [{secret_id: a, secret_key: [hush]}]\n":                                                              `cosemu.yaml:2: credentials[0].secret_key: want a text here, not a list`,
		"credentials:\n- {secret_id: a, secret_key: hush}\n- {secret_id: a, secret_key: hush}":                             `cosemu.yaml:4: credentials[1].secret_id: "a" is there twice`,
		"credentials: [{secret_id: a, secret_key: hush, uin: x}]\n":                                                        `cosemu.yaml:2: credentials[0].uin: "x" is no number`,
		"credentials: [{secret_id: a, secret_key: hush, policy: {version: 2.0}}]\n":                                        `cosemu.yaml:2: credentials[0].policy: policy: statement: `,
		"credentials: [{secret_id: a, secret_key: hush, policy: nowhere.json}]\n":                                          `cosemu.yaml:2: credentials[0].policy: open nowhere.json: `,
		"credentials: [{secret_id: a, secret_key: hush, policy: [x]}]\n":                                                   `cosemu.yaml:2: credentials[0].policy: want a policy here`,
		"credentials:\n- {secret_id: a, secret_key: hush, uin: 1}\n- secret_id: b\n  secret_key: hush\n  uin: 2\n":         `cosemu.yaml:6: credentials[1].uin: without owner_uin and policy, b belongs to the account`,
		"credentials: [{secret_id: a, secret_key: hush, uin: 1, owner_uin: 1, policy: {version: '2.0', statement: []}}]\n": `cosemu.yaml:2: credentials[0].policy: `,
		"credentials: [{secret_id: a, secret_key: hush, uin: 1}]\nroles:\n- arn: qcs::cam::uin/2:roleName/r\n":             `cosemu.yaml:4: roles[0]: the role is of the account's uin 2`,
		"roles: [{name: a, polcy: x}]\n":                                                                                   "cosemu.yaml:2: roles[0].polcy: unknown key; known here: arn, name, id, appid, owner_uin, policy, trusts",
		"roles: [{arn: a}]\n":                                                                                              "cosemu.yaml:2: roles[0].arn: a role is described as",
		"roles: [{name: a b}]\n":                                                                                           `cosemu.yaml:2: roles[0]: role "a b": `,
		"roles: [{name: a, trusts: [b]}]\n":                                                                                `cosemu.yaml:2: roles[0].trusts[0]: "b" is neither`,
		"roles: [{name: a}, {name: a}]\n":                                                                                  `cosemu.yaml:2: roles[1]: role "a" is there twice`,
		"roles: [{arn: 'qcs::cam::uin/1:role/2', id: 3}]\n":                                                                `cosemu.yaml:2: roles[0].arn: arn says something else`,
		"tokens: hex\n":          `cosemu.yaml:2: tokens: "hex" is neither url nor standard`,
		"region: ap-guangzhou\n": "cosemu.yaml:2: mapping key \"region\" already defined",
		"data: &x a\n":           "cosemu.yaml:2: data: cannot hold a YAML anchor",
		"data: !!binary aGk=\n":  "cosemu.yaml:2: data: cannot hold a YAML tag",
		"<<: {data: a}\n":        "cosemu.yaml:2: <<: a key must be a plain text",
		"data: {a\n":             "cosemu.yaml:",
		"---\nlisten: x:1\n":     "cosemu.yaml:3: ",
	} {
		got := refused(t, Sources{File: file(t, good+content)})
		require.Contains(t, got, want, "%q", content)
		require.NotContains(t, got, "hush", "a secret may be in the text")
		require.NotContains(t, got, "\n", "%q: one fault, one line", content)
	}
}

func TestFaultsNameFlagAndVariable(t *testing.T) {
	require.Equal(t, `--verify: "x" is neither enforce nor report`, refused(t, Sources{Flags: map[string][]string{"verify": {"x"}}}))
	require.Equal(t, `COSEMU_VERIFY: "" is neither enforce nor report`, refused(t, Sources{Env: []string{"COSEMU_VERIFY="}}))
	require.Contains(t, refused(t, Sources{Env: []string{"COSEMU_BUCKETS=a-1:r:acl"}}), `COSEMU_BUCKETS: buckets[0].acl: "acl" is none of`)
	require.Contains(t, refused(t, Sources{Flags: map[string][]string{"aliases": {"x"}}}), `--aliases: "x" is no host=bucket`)
	require.Contains(t, refused(t, Sources{Env: []string{"COSEMU_FSYNC=maybe"}}), `COSEMU_FSYNC: "maybe" is neither true nor false`)
	require.Contains(t, refused(t, Sources{Env: []string{"COSEMU_CREDENTIALS=[{secret_id: a, secret_key: b, uin: 1}, {secret_id: c, secret_key: d, uin: 2}]"}}),
		"COSEMU_CREDENTIALS: credentials[1].uin: ")
	for _, text := range []string{"hush", "a:b:c:hush", "[{secret_id: a, secretkey: hush}]", "[hush", "{hush}"} {
		got := refused(t, Sources{Env: []string{"COSEMU_CREDENTIALS=" + text}})
		require.Contains(t, got, "COSEMU_CREDENTIALS: ")
		require.NotContains(t, got, "hush")
	}
}

// A mistake in a place that another one overrides is still a mistake, and all
// are told at once.
func TestAllFaultsAreTold(t *testing.T) {
	_, err := Load(t, Sources{
		File:  file(t, "verify: x\nregion: X\n"),
		Env:   []string{"COSEMU_VERIFY=y"},
		Flags: map[string][]string{"verify": {"enforce"}, "grace": {"z"}},
	})
	var invalid *Invalid
	require.ErrorAs(t, err, &invalid)
	require.Len(t, invalid.Faults, 4)
	require.True(t, invalid.FromFlags())
	invalid.Faults = invalid.Faults[:3]
	require.False(t, invalid.FromFlags())
}

func TestAFileThatCannotBeRead(t *testing.T) {
	require.Contains(t, refused(t, Sources{File: "/does/not/exist.yaml"}), "/does/not/exist.yaml")
	require.Contains(t, refused(t, Sources{File: file(t, strings.Repeat("#", maxFile+1))}), "larger than")
}

func TestUnknownVariables(t *testing.T) {
	env := []string{
		"COSEMU_LISTEN=x", "COSEMU_LISTNE=x", "COSEMU_CONFIG=x", "COSEMU_SECRET_KEY=x", "HOME=x",
		"COSEMU_SERVICE_HOST=10.0.0.1", "COSEMU_PORT=tcp://x", "COSEMU_PORT_9000_TCP=x",
	}
	l, _, _ := newParser(t, env)
	require.Equal(t, []string{"COSEMU_LISTNE"}, l.UnknownVariables())
}
