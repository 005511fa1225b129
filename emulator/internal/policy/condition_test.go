package policy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

// met tells whether a condition is met.
func met(t testing.TB, operator, key, values string, h have) bool {
	t.Helper()
	p := parsed(t, statementWith(fmt.Sprintf(`{%q:{%q:%s}}`, operator, key, values)), policy.Session)
	return p.Evaluate(asks(sub, "PutObject", "a", h)).Effect == policy.Allow
}

// Every operator of COS: 生效条件 and CAM: 生效条件: what meets it, what does not.
func TestOperators(t *testing.T) {
	for _, c := range []struct {
		operator, values string
		yes, no          []string
	}{
		{"string_equal", `"abc"`, []string{"abc"}, []string{"ABC", "ab", "abcd", ""}},
		{"string_equal", `["abc","d"]`, []string{"abc", "d"}, []string{"abcd"}},
		{"string_equal", `""`, []string{""}, []string{"a"}},
		{"string_equal", `12`, []string{"12"}, []string{"12.0"}},
		{"string_equal", `true`, []string{"true"}, []string{"false"}},
		{"string_not_equal", `"abc"`, []string{"ABC", "ab", ""}, []string{"abc"}},
		{"string_not_equal", `["abc","d"]`, []string{"e"}, []string{"abc", "d"}},
		{"string_equal_ignore_case", `"aBc"`, []string{"abc", "ABC"}, []string{"ab"}},
		{"string_not_equal_ignore_case", `"aBc"`, []string{"ab"}, []string{"abc", "ABC"}},
		{"binary_equal", `"abc"`, []string{"abc"}, []string{"ABC"}},
		{"string_like", `"image/*"`, []string{"image/", "image/png"}, []string{"Image/png", "x-image/png", "image"}},
		{"string_like", `"*.jpg"`, []string{".jpg", "a.jpg"}, []string{"a.jpg2", "a.JPG"}},
		{"string_like", `"*mid*"`, []string{"mid", "amidb"}, []string{"mi", "m-i-d"}},
		{"string_like", `"*"`, []string{"", "a"}, nil},
		{"string_like", `"**"`, []string{"", "a"}, nil},
		{"string_like", `"a*c"`, []string{"a*c"}, []string{"abc"}},
		{"string_like", `"abc"`, []string{"abc"}, []string{"abcd"}},
		{"ip_equal", `"10.1.2.3"`, []string{"10.1.2.3", "::ffff:10.1.2.3"}, []string{"10.1.2.4", "no address"}},
		{"ip_equal", `["10.1.2.3/24","2001:db8::/32"]`, []string{"10.1.2.250", "2001:db8:1::1"}, []string{"10.1.3.1", "2001:db9::"}},
		{"ip_not_equal", `["10.1.2.3/24","10.1.3.0/24"]`, []string{"10.1.4.1", "2001:db8::1"}, []string{"10.1.2.250", "10.1.3.7", "no address"}},
		{"numeric_equal", `10`, []string{"10", "10.0", "1e1"}, []string{"9", "ten", ""}},
		{"numeric_not_equal", `"10"`, []string{"9"}, []string{"10", "10.0", "ten", "NaN"}},
		{"numeric_less_than", `10`, []string{"9", "-1"}, []string{"10", "11"}},
		{"numeric_less_than_equal", `10`, []string{"9", "10"}, []string{"10.5", "11"}},
		{"numeric_greater_than", `10`, []string{"11"}, []string{"10", "9"}},
		{"numeric_greater_than_equal", `10`, []string{"10", "53687091200"}, []string{"9"}},
		{"numeric_less_than_equal", `53687091200`, []string{"53687091200"}, []string{"53687091201"}},
		{"bool_equal", `"true"`, []string{"true", "TRUE"}, []string{"false", "1"}},
		{"bool_equal", `false`, []string{"false"}, []string{"true"}},
		{"date_equal", `"2016-06-01T00:01:00Z"`, []string{"2016-06-01T08:01:00+08:00"}, []string{"2016-06-01T00:01:01Z"}},
		{"date_not_equal", `"2016-06-01T00:01:00Z"`, []string{"2016-06-01T00:01:01Z"}, []string{"2016-06-01T00:01:00Z", "now"}},
		{"date_less_than", `"2016-06-01T00:01:00"`, []string{"2016-06-01T00:00:59Z"}, []string{"2016-06-01T00:01:00Z"}},
		{"date_less_than_equal", `"2016-06-01T00:01:00Z"`, []string{"2016-06-01T00:01:00Z"}, []string{"2016-06-01T00:01:01Z"}},
		{"date_greater_than", `"2016-06-01"`, []string{"2016-06-01T00:00:01Z"}, []string{"2016-06-01T00:00:00Z"}},
		{"date_greater_than_equal", `"2016-06-01T00:01:00Z"`, []string{"2016-06-01T00:01:00Z"}, []string{"2016-06-01T00:00:59Z"}},
	} {
		const key = "cos:x-cos-anything"
		for _, v := range c.yes {
			require.True(t, met(t, c.operator, key, c.values, with(key, v)), "%s %s: %q", c.operator, c.values, v)
			require.True(t, met(t, c.operator+"_if_exist", key, c.values, with(key, v)), "%s_if_exist %s: %q", c.operator, c.values, v)
		}
		for _, v := range c.no {
			require.False(t, met(t, c.operator, key, c.values, with(key, v)), "%s %s: %q", c.operator, c.values, v)
			require.False(t, met(t, c.operator+"_if_exist", key, c.values, with(key, v)), "%s_if_exist %s: %q", c.operator, c.values, v)
		}
		// Absent: false without the suffix, true with it, negative or not.
		require.False(t, met(t, c.operator, key, c.values, nil), c.operator)
		require.True(t, met(t, c.operator+"_if_exist", key, c.values, nil), c.operator)
		require.False(t, met(t, "for_all_value:"+c.operator, key, c.values, nil), c.operator)
		require.True(t, met(t, "for_any_value:"+c.operator+"_if_exist", key, c.values, nil), c.operator)
	}
}

func TestNullEqual(t *testing.T) {
	const key = "cos:versionid"
	require.True(t, met(t, "null_equal", key, `"true"`, nil))
	require.False(t, met(t, "null_equal", key, `true`, with(key, "")))
	require.True(t, met(t, "null_equal", key, `"false"`, with(key, "")))
	require.False(t, met(t, "null_equal", key, `"false"`, nil))
	require.True(t, met(t, "null_equal", key, `["false","true"]`, nil))
}

// CAM: 生效条件, 评估逻辑: operators and keys must all hold, of a key's values one.
func TestConditionsAreJoined(t *testing.T) {
	const doc = `{"string_equal":{"cos:content-type":["a","b"],"cos:x-cos-acl":"private"},"numeric_less_than":{"cos:content-length":10}}`
	p := parsed(t, statementWith(doc), policy.Session)
	good := have{"cos:content-type": {"b"}, "cos:x-cos-acl": {"private"}, "cos:content-length": {"9"}}
	require.Equal(t, policy.Allow, p.Evaluate(asks(sub, "PutObject", "a", good)).Effect)
	for key := range good {
		bad := have{}
		for k, v := range good {
			if k != key {
				bad[k] = v
			}
		}
		require.Equal(t, policy.None, p.Evaluate(asks(sub, "PutObject", "a", bad)).Effect, key)
		bad[key] = []string{"77"}
		require.Equal(t, policy.None, p.Evaluate(asks(sub, "PutObject", "a", bad)).Effect, key)
	}
}

// CAM: 生效条件, 5 and 6; without a quantifier as for_any_value.
func TestSeveralValues(t *testing.T) {
	const key = "cos:x-cos-meta-a"
	for _, c := range []struct {
		operator, values string
		got              []string
		want             bool
	}{
		{"for_any_value:string_like", `"a*"`, []string{"b", "ab"}, true},
		{"for_any_value:string_like", `"a*"`, []string{"b", "c"}, false},
		{"for_all_value:string_like", `["a*","b*"]`, []string{"ab", "ba"}, true},
		{"for_all_value:string_like", `"a*"`, []string{"ab", "b"}, false},
		{"for_all_value:string_not_equal", `["a","b"]`, []string{"c", "d"}, true},
		{"for_all_value:string_not_equal", `["a","b"]`, []string{"c", "a"}, false},
		{"for_any_value:string_not_equal", `["a","b"]`, []string{"c", "a"}, true},
		{"for_any_value:numeric_less_than", `5`, []string{"9", "x", "4"}, true},
		{"string_equal", `"a"`, []string{"b", "a"}, true},
		{"string_equal", `"a"`, []string{"b", "c"}, false},
	} {
		require.Equal(t, c.want, met(t, c.operator, key, c.values, with(key, c.got...)), c)
	}
}

// A header that is repeated without end is compared with nothing.
func TestTooManyValues(t *testing.T) {
	const key = "cos:x-cos-meta-a"
	values := func(n int) have { return with(key, slices.Repeat([]string{"a"}, n)...) }
	for _, operator := range []string{"string_equal", "for_all_value:string_equal_if_exist"} {
		require.True(t, met(t, operator, key, `"a"`, values(128)), operator)
		require.False(t, met(t, operator, key, `"a"`, values(129)), operator)
	}
	require.False(t, met(t, "for_all_value:string_not_equal", key, `"b"`, values(129)))
}

// COS: 生效条件, 特殊字符需经过 urlencode; 条件键说明及使用示例, cos:prefix.
func TestValuesOfParametersAreURLEncoded(t *testing.T) {
	prefix := func(v string) have { return with("cos:prefix", v) }
	for _, c := range []struct {
		operator, value, got string
		want                 bool
	}{
		{"string_equal", "folder1%2F", "folder1/", true},
		{"string_equal", "folder1%2f", "folder1/", true},
		{"string_equal", "folder1/", "folder1/", false},
		{"string_equal", "folder1/", "folder1%2F", false},
		{"string_not_equal", "folder1/", "folder1/", true},
		{"string_equal", "%E7%85%A7%E7%89%87%2F", "照片/", true},
		{"string_equal", "照片", "照片", false},
		{"string_like", "folder1%2F*", "folder1/a", true},
		{"string_like", "folder1/*", "folder1/a", false},
		{"string_like", "*%2A", "a*", true},
		{"string_like", "*%2A", "ab", false},
		{"string_equal", "plain-1_2.3~4", "plain-1_2.3~4", true},
	} {
		require.Equal(t, c.want, met(t, c.operator, "cos:prefix", `"`+c.value+`"`, prefix(c.got)), c)
	}
	// Headers are not encoded.
	require.True(t, met(t, "string_equal", "cos:content-type", `"image/jpeg"`, with("cos:content-type", "image/jpeg")))
	require.False(t, met(t, "string_equal", "cos:content-type", `"image%2Fjpeg"`, with("cos:content-type", "image/jpeg")))
}

// CAM: 策略变量: in the values of conditions, not in the path of a COS resource.
func TestVariables(t *testing.T) {
	const key = "cos:x-cos-meta-owner"
	require.True(t, met(t, "string_equal", key, `"u-${uin}-${owner_uin}-${app_id}"`, with(key, "u-100000000002-100000000001-1250000000")))
	require.False(t, met(t, "string_equal", key, `"${uin}"`, with(key, "100000000001")))
	p := allows(t, []string{"*"}, []string{"qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/${uin}/*"})
	require.Equal(t, policy.None, p.Evaluate(asks(sub, "GetObject", "100000000002/a", nil)).Effect)
}

// A key that no request has is one that they all lack.
func TestUnknownKeys(t *testing.T) {
	require.False(t, met(t, "string_equal", "vpc:region", `"sh"`, nil))
	require.True(t, met(t, "string_equal_if_exist", "vpc:region", `"sh"`, nil)) // CAM: 生效条件, 使用示例 2
	for key, known := range map[string]bool{
		"qcs:ip": true, "cos:content-type": true, "cos:x-cos-forbid-overwrite": true, "cos:host": true, "vpc:requester_vpc": true,
		"cos:Content-Type": false, "cos:X-Cos-Acl": false, "qcs: ip": false, "vpc:region": false, "": false,
	} {
		require.Equal(t, known, policy.KnownKey(key), key)
	}
}
