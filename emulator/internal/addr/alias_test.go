package addr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/signer"
)

const other = "other-1260000000"

// TestAliasPlaces: an alias with a port matches this port only. An alias that is an address of this
// server also takes path-style requests.
func TestAliasPlaces(t *testing.T) {
	r, err := addr.New(addr.Config{
		Aliases: map[string]string{
			"127.0.0.1:9000": bucket, "127.0.0.1:9001": "second-1250000000", "[::1]:9000": bucket, "::2": bucket,
			"LocalHost": bucket, "cosemu:9000": bucket, "uploads.test": bucket, "uploads.test:81": "second-1250000000",
		},
		IsBucket:   func(name string) bool { return name == other },
		HasAccount: func(id string) bool { return id == "1270000000" },
	})
	require.NoError(t, err)
	for _, c := range []struct{ host, path, bucket, key string }{
		{"127.0.0.1:9000", "/a/b", bucket, "a/b"},
		{"127.0.0.1:9001", "/a/b", "second-1250000000", "a/b"},
		{"127.0.0.1:9002", "/a/b", "a", "b"}, // path style
		{"127.0.0.1", "/a/b", "a", "b"},      // two buckets: no alias
		{"[::1]:9000", "/a", bucket, "a"},
		{"[::1]", "/a", bucket, "a"},
		{"::1", "/a", bucket, "a"},
		{"[::2]:7", "/a", bucket, "a"},
		{"localhost:7", "/a", bucket, "a"},
		{"localhost:7", "/" + other + "/a", other, "a"},
		{"COSEMU:9000", "/a", bucket, "a"},
		{"cosemu.:9000", "/a", bucket, "a"},
		{"cosemu:9000", "/", bucket, ""},
		{"cosemu:9000", "/new-1250000000", "new-1250000000", ""},
		{"cosemu:9000", "/new-1260000000/a", bucket, "new-1260000000/a"}, // an account without key pairs, and the bucket does not exist
		{"cosemu:9000", "/new-1270000000/a", "new-1270000000", "a"},      // an account with key pairs
		{"cosemu:9000", "/New-1270000000/a", bucket, "New-1270000000/a"},
		{"cosemu:9000", "/other%2D1260000000%2Fa", other, "a"},
		{"cosemu:9000", "/photos-2024/a", bucket, "photos-2024/a"},
		{"cosemu:9000", "//" + other, bucket, "/" + other},
		{"cosemu:9000", "/New-1250000000/a", bucket, "New-1250000000/a"}, // not a valid bucket name
		{"uploads.test", "/" + other + "/a", bucket, other + "/a"},
		{"uploads.test:80", "/" + other + "/a", bucket, other + "/a"},
		{"uploads.test:81", "/a", "second-1250000000", "a"},
	} {
		a := r.Resolve(c.host, c.path)
		require.Equal(t, c.bucket+" "+c.key, a.Bucket+" "+a.Key, c.host+c.path)
	}
	for _, host := range []string{"127.0.0.1:1", "localhost", "cosemu:9000", "cosemu", "uploads.test:7"} {
		require.True(t, r.Serves(host), host)
	}
	require.False(t, r.Serves("cosemu:9001"))
	for host, want := range map[string]bool{
		"127.0.0.1:9000": false, "localhost": false, "example.test": false, "cos.ap-guangzhou.myqcloud.com": false,
		"uploads.test": true, bucket + ".cos.ap-guangzhou.myqcloud.com": true,
	} {
		require.Equal(t, want, r.NamesBucket(host), host)
	}
}

// TestAliasFor: AliasFor returns an alias only where it helps.
func TestAliasFor(t *testing.T) {
	aliases := map[string]string{"uploads.test": bucket}
	const path = "/" + bucket + "/a"
	r, err := addr.New(addr.Config{Domains: []string{"cos.test"}, Aliases: aliases, IsBucket: func(n string) bool { return n == other }})
	require.NoError(t, err)
	for host, want := range map[string]string{
		"127.0.0.1:9000":                     "127.0.0.1:9000=" + bucket,
		"127.0.0.1":                          "127.0.0.1=" + bucket,
		"[::1]:9000":                         "[::1]:9000=" + bucket,
		"cos.test:9000":                      "cos.test:9000=" + bucket,
		"cos.test":                           "",
		"cosemu":                             "",
		"uploads.test":                       "",
		"cos.ap-guangzhou.myqcloud.com:80":   "",
		bucket + ".cos.test:9000":            "",
		"127.0.0.1:x":                        "",
		"127.0.0.1:9000,evil=x-1250000000":   "",
		"127.0.0.1:9000 --aliases x=y":       "",
		"example.test:9000&x-cos-acl=\u00e9": "",
	} {
		got := r.AliasFor(host, path)
		require.Equal(t, want, got, host)
		if want == "" {
			continue
		}
		with, err := addr.New(addr.Config{Domains: []string{"cos.test"}, Aliases: map[string]string{host: bucket}})
		require.NoError(t, err)
		none := func(string) bool { return false }
		how := signer.Reading{StripPrefix: "/" + bucket}
		require.True(t, with.SameMeaning(host, path, how, none), host)
		require.False(t, r.SameMeaning(host, path, how, none), host)
	}
	require.Empty(t, r.AliasFor("127.0.0.1:9000", "/"+bucket+"/"+other+"/a"), "the rest names a bucket")
	require.Empty(t, r.AliasFor("127.0.0.1:9000", "/favicon.ico"), "no bucket")
	require.Empty(t, r.AliasFor("127.0.0.1:9000", "/"))
}

// TestRemoveAliasesOf: those that were added for an account go, those of the configuration stay.
func TestRemoveAliasesOf(t *testing.T) {
	r, err := addr.New(addr.Config{Aliases: map[string]string{"kept.test": "photos-1250000001"}})
	require.NoError(t, err)
	require.NoError(t, r.AddAlias("gone.test:9000", "photos-1250000001"))
	require.NoError(t, r.AddAlias("other.test", "photos-1250000002"))
	r.RemoveAliasesOf("1250000001")
	require.Equal(t, map[string]string{"kept.test": "photos-1250000001", "other.test": "photos-1250000002"}, r.Aliases())
}
