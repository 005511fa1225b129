package signer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// bareClaim is an authorization string whose parts are told apart easily.
const bareClaim = "q-sign-algorithm=sha1&q-ak=AKIDa&q-sign-time=1;2&q-key-time=3;4&q-header-list=host;content-type&q-url-param-list=a;b&q-signature=0123"

func requireBare(t *testing.T, c *signer.Claim) {
	t.Helper()
	require.Equal(t, "sha1", c.Algorithm)
	require.Equal(t, "AKIDa", c.SecretID)
	require.Equal(t, signer.TimeRange{Raw: "1;2", Start: 1, End: 2, Valid: true}, c.SignTime)
	require.Equal(t, signer.TimeRange{Raw: "3;4", Start: 3, End: 4, Valid: true}, c.KeyTime)
	require.Equal(t, []string{"host", "content-type"}, c.HeaderList)
	require.Equal(t, []string{"a", "b"}, c.ParamList)
	require.Equal(t, "host;content-type", c.RawHeaderList)
	require.Equal(t, "a;b", c.RawParamList)
	require.Equal(t, "0123", c.Signature)
	require.Equal(t, bareClaim, c.Authorization())
}

func TestClaimCarriers(t *testing.T) {
	tests := []struct {
		name, target string
		header       http.Header
		want         signer.Carrier
	}{
		{"header", "/k", http.Header{"Authorization": {bareClaim}}, signer.CarrierHeader},
		{"query, raw semicolons", "/k?" + bareClaim, nil, signer.CarrierQuery},
		{"query, escaped", "/k?x=y&" + strings.ReplaceAll(bareClaim, ";", "%3B"), nil, signer.CarrierQuery},
		{"query, && and a trailing &", "/k?&&" + strings.ReplaceAll(bareClaim, "&", "&&") + "&", nil, signer.CarrierQuery},
		{"sign", "/k?x=y&sign=" + url.QueryEscape(bareClaim) + "&", nil, signer.CarrierSign},
		{"header before query", "/k?q-ak=other&q-signature=other", http.Header{"Authorization": {bareClaim}}, signer.CarrierHeader},
		{"query before sign", "/k?sign=" + url.QueryEscape("q-ak=other&q-signature=other") + "&" + bareClaim, nil, signer.CarrierQuery},
		{"a header of others is not ours", "/k?" + bareClaim, http.Header{"Authorization": {"Bearer abc"}}, signer.CarrierQuery},
		{"an old sign beside a new one", "/k?sign=aGVsbG8%3D&sign=" + url.QueryEscape(bareClaim), nil, signer.CarrierSign},
		{"the first of a name counts", "/k?" + bareClaim + "&q-ak=other&q-signature=other", nil, signer.CarrierQuery},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, ok := signer.ParseClaim(received(http.MethodPut, "h", tt.target, tt.header))
			require.True(t, ok)
			require.Equal(t, tt.want, c.Carrier)
			requireBare(t, c)
		})
	}
	c, ok := signer.ParseAuthorization(bareClaim)
	require.True(t, ok)
	require.Equal(t, signer.CarrierNone, c.Carrier)
	requireBare(t, c)
}

func TestAnonymous(t *testing.T) {
	tests := []struct {
		name, target string
		header       http.Header
	}{
		{"nothing", "/k", nil},
		{"another scheme", "/k", http.Header{"Authorization": {"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c"}}},
		{"an empty header", "/k", http.Header{"Authorization": {""}}},
		{"a sign of the v4 era", "/k?sign=ZnM0NWZzZDRmYT0xMjM0NTY3ODkwJmI9YnVja2V0Jms9QUtJRA%3D%3D", nil},
		{"a sign escaped twice", "/k?sign=" + url.QueryEscape(url.QueryEscape(bareClaim)), nil},
		{"a sign that is empty", "/k?sign=", nil},
		{"no key id", "/k?q-sign-algorithm=sha1&q-signature=0123", nil},
		{"an empty key id", "/k?q-ak=&q-signature=0123", nil},
		{"no signature", "/k?q-sign-algorithm=sha1&q-ak=AKIDa", nil},
		{"names in another case", "/k?Q-AK=AKIDa&Q-Signature=0123", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, ok := signer.ParseClaim(received(http.MethodPut, "h", tt.target, tt.header))
			require.False(t, ok)
			require.Nil(t, c)
		})
	}
	_, ok := signer.ParseAuthorization("Bearer abc")
	require.False(t, ok)
	_, ok = signer.ParseClaim(received(http.MethodPut, "h", "/k?q-ak=AKIDa&q-signature=", nil))
	require.True(t, ok, "control: an empty signature is one, and is judged")
}

func TestClaimToken(t *testing.T) {
	tests := []struct {
		name, target string
		header       string
		token        string
		carrier      signer.Carrier
	}{
		{name: "none", target: "/k?" + bareClaim},
		{"header", "/k?" + bareClaim, "t", "t", signer.CarrierHeader},
		{"header before query", "/k?x-cos-security-token=q&" + bareClaim, "t", "t", signer.CarrierHeader},
		{"query, raw bytes", "/k?" + bareClaim + "&x-cos-security-token=tok/en+with=chars", "", "tok/en+with=chars", signer.CarrierQuery},
		{"query, escaped", "/k?x-cos-security-token=a%2Bb%2F%3D&" + bareClaim, "", "a+b/=", signer.CarrierQuery},
		{"query, name in another case", "/k?X-COS-Security-Token=q&" + bareClaim, "", "q", signer.CarrierQuery},
		{"beside sign", "/k?sign=" + url.QueryEscape(bareClaim) + "&&x-cos-security-token=q", "", "q", signer.CarrierQuery},
		{"Android's signInUrl", "/k?" + bareClaim + "&token=a+/==", "", "a+/==", signer.CarrierQuery},
		{name: "token beside sign is a parameter", target: "/k?sign=" + url.QueryEscape(bareClaim) + "&token=q"},
		{"the full name before token", "/k?token=other&" + bareClaim + "&x-cos-security-token=q", "", "q", signer.CarrierQuery},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			if tt.header != "" {
				h.Set("x-cos-security-token", tt.header)
			}
			c := mustClaim(t, received(http.MethodPut, "h", tt.target, h))
			require.Equal(t, tt.token, c.Token)
			require.Equal(t, tt.carrier, c.TokenCarrier)
		})
	}
}

func TestClaimLists(t *testing.T) {
	tests := []struct {
		raw  string
		want []string
	}{
		{"", nil},
		{";;", []string{}},
		{"host", []string{"host"}},
		{"Host;content-TYPE;", []string{"host", "content-type"}},
		{"b;a;b", []string{"b", "a", "b"}},
		{"%e4%b8%ad;a%2fb;a%3Bb", []string{"中", "a/b", "a;b"}},
		{"中;a/b;!", []string{"中", "a/b", "!"}},
	}
	for _, tt := range tests {
		c, ok := signer.ParseAuthorization("q-ak=a&q-signature=b&q-url-param-list=" + tt.raw)
		require.True(t, ok)
		require.Equal(t, tt.want, c.ParamList, tt.raw)
		require.Equal(t, tt.raw, c.RawParamList)
	}
}

func TestParseTimeRange(t *testing.T) {
	valid := map[string][2]int64{
		"1557989151;1557996351":       {1557989151, 1557996351},
		"0;0":                         {0, 0},
		"1557989151000;1557996351000": {1557989151000, 1557996351000},
		"007;8":                       {7, 8},
	}
	for raw, want := range valid {
		got := signer.ParseTimeRange(raw)
		require.Equal(t, signer.TimeRange{Raw: raw, Start: want[0], End: want[1], Valid: true}, got)
	}
	for _, raw := range []string{
		"", ";", "1;", ";2", "1", "1,2", "1%3B2", "a;b", "1;b", "-1;2", "+1;2", "1;2;3", " 1;2", "1; 2", "1.5;2",
		"2;1", "1;99999999999999999999", "99999999999999999999;1", "NaN;NaN", "undefined;undefined",
	} {
		got := signer.ParseTimeRange(raw)
		require.False(t, got.Valid, raw)
		require.Equal(t, raw, got.Raw)
	}
	r := signer.NewTimeRange(time.Unix(10, 999), time.Unix(20, 999))
	require.Equal(t, signer.TimeRange{Raw: "10;20", Start: 10, End: 20, Valid: true}, r)
	require.False(t, signer.NewTimeRange(time.Unix(20, 0), time.Unix(10, 0)).Valid)
	require.False(t, signer.NewTimeRange(time.Time{}, time.Unix(10, 0)).Valid)
}

func TestCheckTime(t *testing.T) {
	const (
		start = 1795465389
		end   = 1795468989
		skew  = 15 * 60
	)
	both := "1795465389;1795468989"
	tests := []struct {
		name      string
		sign, key string
		now       time.Time
		kind      signer.TimeKind // 0: good
		field     string
		by        time.Duration
	}{
		{name: "the first second", sign: both, key: both, now: time.Unix(start, 0)},
		{name: "the last second", sign: both, key: both, now: time.Unix(end, 0)},
		{name: "within the last second", sign: both, key: both, now: time.Unix(end, 999_999_999)},
		{"a second over", both, both, time.Unix(end+1, 0), signer.TimeExpired, "q-sign-time", time.Second},
		{"a day over", both, both, time.Unix(end+86400, 0), signer.TimeExpired, "q-sign-time", 24 * time.Hour},
		{name: "a second early", sign: both, key: both, now: time.Unix(start-1, 0)},
		{name: "fifteen minutes early", sign: both, key: both, now: time.Unix(start-skew, 0)},
		{"a second more", both, both, time.Unix(start-skew-1, 0), signer.TimeNotYetValid, "q-sign-time", 15*time.Minute + time.Second},
		{"sign-time over, key-time not", "1795465389;1795465390", both, time.Unix(start+100, 0), signer.TimeExpired, "q-sign-time", 99 * time.Second},
		{"key-time over, sign-time not", both, "1795465389;1795465390", time.Unix(start+100, 0), signer.TimeExpired, "q-key-time", 99 * time.Second},
		{"key-time ahead", both, "1795468989;1795472589", time.Unix(start, 0), signer.TimeNotYetValid, "q-key-time", time.Hour},
		{"one over, the other ahead", "1795472589;1795476189", "1795465389;1795465390", time.Unix(start+100, 0), signer.TimeExpired, "q-key-time", 99 * time.Second},
		{"sign-time empty", "", both, time.Unix(start, 0), signer.TimeExpired, "q-sign-time", 0},
		{"key-time empty", both, "", time.Unix(start, 0), signer.TimeExpired, "q-key-time", 0},
		{"empty end", "1795465389;", "1795465389;", time.Unix(start, 0), signer.TimeExpired, "q-sign-time", 0},
		{"backwards", "1795468989;1795465389", both, time.Unix(start, 0), signer.TimeExpired, "q-sign-time", 0},
		{"milliseconds", "1795465389000;1795468989000", both, time.Unix(start, 0), signer.TimeNotYetValid, "q-sign-time", 1<<63 - 1},
		{"beyond any Duration", "999999999999999998;999999999999999999", both, time.Unix(start, 0), signer.TimeNotYetValid, "q-sign-time", 1<<63 - 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &signer.Claim{SignTime: signer.ParseTimeRange(tt.sign), KeyTime: signer.ParseTimeRange(tt.key)}
			err := c.CheckTime(tt.now)
			if tt.kind == 0 {
				require.NoError(t, err)
				return
			}
			var te *signer.TimeError
			require.ErrorAs(t, err, &te)
			require.Equal(t, tt.kind, te.Kind)
			require.Equal(t, tt.field, te.Field)
			require.Equal(t, tt.by, te.By)
			require.Equal(t, tt.now, te.Now)
			require.Contains(t, te.Error(), tt.field)
			require.Less(t, len(te.Error()), 200)
		})
	}
}

func TestTimeErrorIsBounded(t *testing.T) {
	c := &signer.Claim{SignTime: signer.ParseTimeRange(strings.Repeat("\x00\"", 1<<16))}
	require.Less(t, len(c.CheckTime(time.Unix(0, 0)).Error()), 400)
}
