package addr_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/signer"
)

const (
	bucket = "examplebucket-1250000000"
	appID  = "1250000000"
	region = "ap-guangzhou"
)

func resolver(tb testing.TB) *addr.Resolver {
	tb.Helper()
	r, err := addr.New(addr.Config{
		Domains: []string{"localhost", "Cos.Test:9000", "inner.cos.test"},
		Aliases: map[string]string{"uploads.test": bucket, "10.0.0.9:9000": bucket},
	})
	require.NoError(tb, err)
	return r
}

func inHost(region, key string) addr.Address {
	return addr.Address{Style: addr.VirtualHost, Bucket: bucket, AppID: appID, Region: region, Key: key}
}

func inPath(region, key string) addr.Address {
	return addr.Address{Style: addr.PathStyle, Bucket: bucket, AppID: appID, Region: region, Key: key, PathPrefix: "/" + bucket}
}

func at(endpoint addr.Endpoint, a addr.Address) addr.Address {
	a.Endpoint = endpoint
	return a
}

func TestHosts(t *testing.T) {
	r := resolver(t)
	const path = "/" + bucket + "/a/b"
	for _, c := range []struct {
		host, path string
		want       addr.Address
	}{
		// Host names of COS.
		{bucket + ".cos.ap-guangzhou.myqcloud.com", "/a/b", inHost(region, "a/b")},
		{"EXAMPLEBUCKET-1250000000.COS.AP-Guangzhou.MyQcloud.Com", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos.ap-guangzhou.myqcloud.com.", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos.ap-guangzhou.myqcloud.com:9000", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos.ap-guangzhou.myqcloud.com.:9000", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos.ap-guangzhou.tencentcos.cn", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos-internal.ap-guangzhou.myqcloud.com", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos-internal.ap-guangzhou.tencentcos.cn", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos-dualstack.ap-guangzhou.myqcloud.com", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos-website.ap-guangzhou.myqcloud.com", "/a/b", at(addr.Website, inHost(region, "a/b"))},
		{bucket + ".cos-website-internal.ap-guangzhou.tencentcos.cn", "/a/b", at(addr.Website, inHost(region, "a/b"))},
		{bucket + ".ci.ap-guangzhou.myqcloud.com", "/a/b", addr.Address{Bucket: bucket, AppID: appID, Endpoint: addr.OtherService}},
		{bucket + ".pic.ap-guangzhou.myqcloud.com", path, addr.Address{Bucket: bucket, AppID: appID, Endpoint: addr.OtherService}},
		{bucket + ".file.myqcloud.com", "/a/b", addr.Address{Bucket: bucket, AppID: appID, Endpoint: addr.OtherService}},
		{"gz.file.myqcloud.com", "/files/v2/a", addr.Address{Endpoint: addr.OtherService}},
		{bucket + ".cosv6.ap-guangzhou.myqcloud.com", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos-cdc.ap-guangzhou.myqcloud.com", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos.accelerate.myqcloud.com", "/a/b", at(addr.Accelerate, inHost("", "a/b"))},
		{
			"examplebucket.cos.ap-guangzhou.myqcloud.com", "/a",
			addr.Address{Style: addr.VirtualHost, Bucket: "examplebucket", Region: region, Key: "a"},
		},
		{bucket + ".cos.ap-guangzhou.myqcloud.com", "/", inHost(region, "")},
		{bucket + ".cos.ap-guangzhou.myqcloud.com", "", inHost(region, "")},

		{"cos.ap-guangzhou.myqcloud.com", path, inPath(region, "a/b")},
		{"COS.ap-guangzhou.myqcloud.com:80", path, inPath(region, "a/b")},
		{"cos-internal.ap-guangzhou.tencentcos.cn", path, inPath(region, "a/b")},
		{"cos.accelerate.myqcloud.com", path, at(addr.Accelerate, inPath("", "a/b"))},
		{"cos.ap-guangzhou.myqcloud.com", "/", addr.Address{Region: region}},
		{"cos.ap-guangzhou.myqcloud.com", "", addr.Address{Region: region}},
		{"service.cos.myqcloud.com", "/", addr.Address{}},
		{"service.cos.myqcloud.com", path, inPath("", "a/b")},
		{"service.cos.tencentcos.cn:443", "/", addr.Address{}},
		{"service.cos.ap-guangzhou.myqcloud.com", "/", addr.Address{Region: region}},

		// Configured names.
		{bucket + ".localhost:9000", "/a/b", inHost("", "a/b")},
		{bucket + ".Localhost", "/a/b", inHost("", "a/b")},
		{bucket + ".cos.ap-guangzhou.localhost", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos-internal.ap-guangzhou.localhost", "/a/b", inHost(region, "a/b")},
		{bucket + ".cos.test", "/a/b", inHost("", "a/b")},
		{bucket + ".inner.cos.test", "/a/b", inHost("", "a/b")},
		{"localhost:9000", path, inPath("", "a/b")},
		{"localhost", "/", addr.Address{}},
		{"cos.ap-guangzhou.localhost", path, inPath(region, "a/b")},
		{"service.cos.localhost", "/", addr.Address{}},
		{"uploads.test", "/a/b", addr.Address{Style: addr.Alias, Bucket: bucket, AppID: appID, Key: "a/b"}},
		{"Uploads.TEST.:9000", "/", addr.Address{Style: addr.Alias, Bucket: bucket, AppID: appID}},
		{"10.0.0.9:9000", "/a/b", addr.Address{Style: addr.Alias, Bucket: bucket, AppID: appID, Key: "a/b"}},
		{"10.0.0.9", "/a/b", addr.Address{Style: addr.Alias, Bucket: bucket, AppID: appID, Key: "a/b"}},
		{"10.0.0.9:9000", path, inPath("", "a/b")},
		{"10.0.0.9:8080", path, inPath("", "a/b")},
		{"uploads.test", path, addr.Address{Style: addr.Alias, Bucket: bucket, AppID: appID, Key: path[1:]}},

		// Other hosts.
		{"127.0.0.1:9000", path, inPath("", "a/b")},
		{"127.0.0.1", "/", addr.Address{}},
		{"[::1]:9000", path, inPath("", "a/b")},
		{"[::1]", "/", addr.Address{}},
		{"::1", path, inPath("", "a/b")},
		{"", path, inPath("", "a/b")},
		{"", "/", addr.Address{}},
		{"cosemu", path, inPath("", "a/b")},
		{"example.com:80", path, inPath("", "a/b")},
		{"notlocalhost", path, inPath("", "a/b")},
		{".localhost", path, inPath("", "a/b")},
		{bucket + ".cos.ap-guangzhou.myqcloud.com.example.com", path, inPath("", "a/b")},
		{"myqcloud.com", path, inPath("", "a/b")},
	} {
		require.Equal(t, c.want, r.Resolve(c.host, c.path), "%s%s", c.host, c.path)
	}
}

// TestKeys: a key is percent-decoded once and not changed otherwise, in both styles.
func TestKeys(t *testing.T) {
	r := resolver(t)
	for raw, key := range map[string]string{
		"a":                    "a",
		"a/b/":                 "a/b/",
		"/a":                   "/a",
		"//a//b":               "//a//b",
		"./a/../b":             "./a/../b",
		"dir%2Fobject":         "dir/object",
		"a+b":                  "a+b",
		"a%2Bb":                "a+b",
		"a%20b":                "a b",
		"%E4%B8%AD%e6%96%87":   "中文",
		"中文":                   "中文",
		"a%zz":                 "a%zz",
		"100%":                 "100%",
		"100%25":               "100%",
		"%2525":                "%25",
		"%00":                  "\x00",
		"%ff":                  "\xff",
		"a;b=c&d":              "a;b=c&d",
		"http://h/a":           "http://h/a",
		strings.Repeat("k", 9): "kkkkkkkkk",
	} {
		require.Equal(t, inHost(region, key), r.Resolve(bucket+".cos.ap-guangzhou.myqcloud.com", "/"+raw), raw)
		require.Equal(t, inPath("", key), r.Resolve("127.0.0.1:9000", "/"+bucket+"/"+raw), raw)
	}
}

// TestPathPrefix: the prefix is the raw text, as the signature needs it.
func TestPathPrefix(t *testing.T) {
	r := resolver(t)
	for path, want := range map[string]addr.Address{
		"/" + bucket:                         inPath("", ""),
		"/" + bucket + "/":                   inPath("", ""),
		"/" + bucket + "//a":                 inPath("", "/a"),
		"/" + bucket + "%2Fa%2Fb":            inPath("", "a/b"),
		"/" + bucket + "%2fa":                inPath("", "a"),
		"/examplebucket%2D1250000000/a":      {Style: addr.PathStyle, Bucket: bucket, AppID: appID, Key: "a", PathPrefix: "/examplebucket%2D1250000000"},
		"/Not_a%zzBucket/a":                  {Style: addr.PathStyle, Bucket: "Not_a%zzBucket", Key: "a", PathPrefix: "/Not_a%zzBucket"},
		"/favicon.ico":                       {Style: addr.PathStyle, Bucket: "favicon.ico", PathPrefix: "/favicon.ico"},
		"*":                                  {Style: addr.PathStyle, Bucket: "*", PathPrefix: "/*"},
		"/" + bucket + "/" + bucket + "/a%2": inPath("", bucket+"/a%2"),
	} {
		require.Equal(t, want, r.Resolve("127.0.0.1:9000", path), path)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		name, says string
		config     addr.Config
	}{
		{"empty domain", "domain", addr.Config{Domains: []string{""}}},
		{"domain with a path", "domain", addr.Config{Domains: []string{"http://localhost"}}},
		{"domain is an address", "domain", addr.Config{Domains: []string{"127.0.0.1"}}},
		{"domain is an address", "domain", addr.Config{Domains: []string{"[::1]:9000"}}},
		{"empty alias", "alias", addr.Config{Aliases: map[string]string{"": bucket}}},
		{"alias with a path", "alias", addr.Config{Aliases: map[string]string{"h/a": bucket}}},
		{"alias of no bucket", "bucket", addr.Config{Aliases: map[string]string{"h": "examplebucket"}}},
		{"alias of two", "two buckets", addr.Config{Aliases: map[string]string{"h": bucket, "H": "other-1250000000"}}},
		{"alias of two at one port", "two buckets", addr.Config{Aliases: map[string]string{"h:80": bucket, "H:080": "other-1250000000"}}},
		{"alias with port 0", "port", addr.Config{Aliases: map[string]string{"h:0": bucket}}},
		{"alias with no port", "port", addr.Config{Aliases: map[string]string{"h:http": bucket}}},
	} {
		_, err := addr.New(c.config)
		require.ErrorContains(t, err, c.says, c.name)
	}
	for _, good := range []addr.Config{
		{},
		{Domains: []string{"localhost", "a.b.c:80", "xn--fiq228c.test"}},
		{Aliases: map[string]string{"h": bucket, "H:80": bucket, "127.0.0.1:9000": bucket, "[::1]": bucket}},
	} {
		_, err := addr.New(good)
		require.NoError(t, err)
	}
}

func TestValidBucket(t *testing.T) {
	for _, name := range []string{bucket, "a-1", "a-b-c-1250000000", "0-0", strings.Repeat("a", 50) + "-1250000000", "testgosdkbucket-create-head-del-1250000000", "sls-cloudfunction-ap-guangzhou-code-1250000000"} {
		require.NoError(t, addr.ValidBucket(name), name)
	}
	for _, name := range []string{
		"", "-", "examplebucket", "examplebucket-", "-1250000000", "-a-1250000000", "a--1250000000", "examplebucket-12x",
		"Examplebucket-1250000000", "example.bucket-1250000000", "example_bucket-1250000000", "桶-1250000000", "a b-1250000000", "a/b-1", "a-1\n",
	} {
		require.ErrorIs(t, addr.ValidBucket(name), addr.ErrBucketName, name)
	}
	for _, name := range []string{strings.Repeat("a", 51) + "-1250000000", strings.Repeat("a", 50) + "-1250000000123"} {
		require.ErrorIs(t, addr.ValidBucket(name), addr.ErrBucketNameTooLong, name)
	}
}

func TestAppID(t *testing.T) {
	for name, want := range map[string]string{
		bucket: appID, "a-1": "1", "a-b-7": "7", "examplebucket": "", "examplebucket-": "", "-1": "", "": "", "a-1x": "", "a-１": "",
	} {
		require.Equal(t, want, addr.AppID(name), name)
	}
}

func TestIsCloudHost(t *testing.T) {
	for host, want := range map[string]bool{
		bucket + ".cos.ap-guangzhou.myqcloud.com:80":  true,
		"Service.cos.myqcloud.com":                    true,
		"cos.ap-guangzhou.tencentcos.cn":              true,
		bucket + ".localhost":                         false,
		"myqcloud.com":                                false,
		"cos.myqcloud.com.example.com":                false,
		bucket + ".pic.ap-guangzhou.myqcloud.com":     false,
		"127.0.0.1:9000":                              false,
		"":                                            false,
		"sts.tencentcloudapi.com":                     false,
		bucket + ".cos.ap-guangzhou.myqcloud.com.cn:": false,
	} {
		require.Equal(t, want, addr.IsCloudHost(host), host)
	}
}

func TestHostName(t *testing.T) {
	for host, want := range map[string]string{
		"Example.COM": "example.com", "h:80": "h", "h.": "h", "h.:80": "h", "[::1]:80": "::1", "[FE80::1]": "fe80::1",
		"::1": "::1", "": "", ":80": "", "h:": "h", "[::1": "::1", "10.0.0.1:1": "10.0.0.1",
	} {
		require.Equal(t, want, addr.HostName(host), host)
	}
}

// FuzzResolve: no host and no path makes Resolve panic, and the fields of its result are
// consistent.
func FuzzResolve(f *testing.F) {
	f.Add(bucket+".cos.ap-guangzhou.myqcloud.com:80", "/a%2Fb")
	f.Add("localhost", "/"+bucket+"%2Fa")
	f.Add("cos..myqcloud.com.", "//")
	f.Add("[::1", "*")
	r := resolver(f)
	f.Fuzz(func(t *testing.T, host, path string) {
		a := r.Resolve(host, path)
		require.Equal(t, a, r.Resolve(strings.ToUpper(strings.ToLower(host)), path), "a host has no case")
		require.Equal(t, addr.AppID(a.Bucket), a.AppID)
		switch a.Style {
		case addr.Service:
			require.Empty(t, a.Bucket+a.Key+a.PathPrefix)
		case addr.PathStyle:
			require.True(t, strings.HasPrefix("/"+strings.TrimPrefix(path, "/"), a.PathPrefix))
			require.Equal(t, a.Bucket, signer.Decode(a.PathPrefix[1:]))
			require.NotEmpty(t, a.Bucket)
		case addr.VirtualHost, addr.Alias:
			require.Empty(t, a.PathPrefix)
			require.Equal(t, signer.Decode(strings.TrimPrefix(path, "/")), a.Key)
		default:
			t.Fatalf("style %d", a.Style)
		}
	})
}

func TestAllocations(t *testing.T) {
	r := resolver(t)
	for _, host := range []string{bucket + ".cos.ap-guangzhou.myqcloud.com:80", bucket + ".localhost:9000", "127.0.0.1:9000"} {
		require.Zero(t, testing.AllocsPerRun(100, func() { _ = r.Resolve(host, "/"+bucket+"/a/b") }), host)
	}
}

func BenchmarkResolve(b *testing.B) {
	r := resolver(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Resolve(bucket+".cos.ap-guangzhou.myqcloud.com:80", "/a/b")
	}
}

// TestSTSHost: IsSTSHost accepts the names of STS and rejects similar names.
func TestSTSHost(t *testing.T) {
	r, err := addr.New(addr.Config{})
	require.NoError(t, err)
	for host, want := range map[string]bool{
		"sts.tencentcloudapi.com": true, "STS.TencentCloudAPI.com:443": true, "sts.tencentcloudapi.com.": true,
		"sts.internal.tencentcloudapi.com": true, "sts.intl.tencentcloudapi.com": true, "sts.ap-guangzhou.tencentcloudapi.com": true,
		"sts.internal.intl.tencentcloudapi.com": true,
		"tencentcloudapi.com":                   false, "cvm.tencentcloudapi.com": false, "xsts.tencentcloudapi.com": false,
		"sts..tencentcloudapi.com": false, "sts.tencentcloudapi.com.example.com": false, "sts-tencentcloudapi.com": false,
		"sts.example.com": false, "": false,
	} {
		require.Equal(t, want, addr.IsSTSHost(host), host)
		require.Equal(t, want, r.Serves(host), host)
	}
}
