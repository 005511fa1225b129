package ops

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/signer"
)

// sourceReader reads sources as an emulator at cos.test does.
func sourceReader(tb testing.TB) func(source string) (copySource, error) {
	tb.Helper()
	r, err := addr.New(addr.Config{Domains: []string{"cos.test"}, Aliases: map[string]string{"uploads.test": "aliased-1250000000"}})
	require.NoError(tb, err)
	env := &call.Env{Resolver: r}
	return func(source string) (copySource, error) {
		return readSource(env, &call.Call{Arrived: call.Arrived{HTTP: &http.Request{Header: http.Header{"X-Cos-Copy-Source": {source}}}}})
	}
}

// FuzzCopySource reads any source without a panic, and never takes it for
// anything else than the bucket and the key that stand in it.
func FuzzCopySource(f *testing.F) {
	const host = "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com"
	for _, seed := range []string{
		host + "/a", host + "/dir%2Fa%2Bb?versionId=MTg0", "/" + host + "/a", host + ":9000/../other-1250000000/a", host + "/%2e%2e/a",
		"cos.ap-guangzhou.myqcloud.com/examplebucket-1250000000/a", "127.0.0.1:9000/examplebucket-1250000000%2Fa", "uploads.test/a",
		host + "//a", host, host + "/", "https://" + host + "/a", host + "/a?versionid=1&versionId=2", host + "/%zz%", "?/?", "//", "",
		"b-1250000000.cos.test/a?b", "[::1]:9000/b-1250000000/a#c", host + "/a\x00b", "\xff/\xfe",
	} {
		f.Add(seed)
	}
	read := sourceReader(f)
	f.Fuzz(func(t *testing.T, source string) {
		at, err := read(source)
		if err != nil {
			require.True(t, at.Bucket == "" || at.Key == "", "refused though it names %q in %q", at.Key, at.Bucket)
			return
		}
		host, rest, found := strings.Cut(strings.TrimPrefix(source, "/"), "/")
		require.True(t, found, "a source without a path has no key")
		path, query, _ := strings.Cut(rest, "?")
		require.True(t, at.literal == "" || strings.Contains(path, "+"))
		if at.literal != "" {
			require.Equal(t, strings.ReplaceAll(at.literal, "+", " "), strings.ReplaceAll(at.Key, "+", " "), "they differ in pluses alone")
		}
		path = strings.ReplaceAll(path, "+", "%20")
		if addr.ValidBucket(host) == nil { // a bucket in the host's place
			require.Equal(t, host, at.Bucket)
			require.Equal(t, signer.Decode(path), at.Key)
			return
		}
		if name := addr.HostName(host); name == "uploads.test" {
			require.Equal(t, "aliased-1250000000", at.Bucket)
			require.Equal(t, signer.Decode(path), at.Key)
		} else if strings.HasPrefix(name, at.Bucket+".") && at.Style == addr.VirtualHost {
			require.Equal(t, signer.Decode(path), at.Key, "all of the path, with its dots and slashes")
		} else {
			require.Equal(t, addr.PathStyle, at.Style)
			// The path decoded whole: nothing before the bucket, nothing between it and the key.
			require.Equal(t, signer.Decode(strings.TrimPrefix(path, "/")), at.Bucket+"/"+at.Key)
		}
		require.True(t, at.version == "" || strings.Contains(strings.ToLower(query), "versionid="), "the version stands in the query")
	})
}

// FuzzCopySourceOfClients: what SDKs make of a key is read as that key, in its
// bucket, at that version.
func FuzzCopySourceOfClients(f *testing.F) {
	for _, key := range []string{"a", "dir/a+b c", "../../other-1250000000/a", "//a", "100%", "a?versionId=x", "中文/é", "a\x00\xff", "?", "/", "%2e%2e/a", "a&b=c#d;e"} {
		f.Add(key, "")
		f.Add(key, "MTg0NDUxNTc1NjIzMTQ1MDAwODg")
	}
	read := sourceReader(f)
	f.Fuzz(func(t *testing.T, key, version string) {
		if key == "" {
			return
		}
		const bucket, region = "examplebucket-1250000000", "ap-guangzhou"
		for name, path := range map[string]string{
			"slashes as they are": signer.EncodePath(key),                              // Go without a version, Node.js, Python, Java
			"slashes escaped":     signer.Encode(key),                                  // Go with a version
			"net/url":             strings.ReplaceAll(url.PathEscape(key), "+", "%2B"), // hand-made
		} {
			for _, host := range []string{
				bucket + ".cos." + region + ".myqcloud.com", bucket + ".cos." + region + ".tencentcos.cn", bucket + ".cos.test:9000",
				"cos." + region + ".myqcloud.com/" + bucket, "127.0.0.1:9000/" + bucket,
			} {
				source := host + "/" + path
				if version != "" {
					source += "?versionId=" + signer.Encode(version)
				}
				at, err := read(source)
				require.NoError(t, err, "%s: %s", name, source)
				require.Equal(t, bucket, at.Bucket, source)
				require.Equal(t, key, at.Key, "%s: %s", name, source)
				require.Equal(t, version, at.version, source)
			}
		}
	})
}
