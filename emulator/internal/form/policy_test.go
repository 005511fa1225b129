package form_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
)

// wrap returns a policy with one condition.
func wrap(condition string) string {
	return `{"expiration":"2019-08-30T09:38:12Z","conditions":[` + condition + `]}`
}

func TestPolicyForms(t *testing.T) {
	tests := []struct {
		condition string
		want      []form.Condition
	}{
		{`{"a":"b"}`, []form.Condition{{Operator: form.Equal, Field: "a", Value: "b"}}},
		{`{"a":"b","c":"","d":"e"},{"a":"f"}`, []form.Condition{
			{Operator: form.Equal, Field: "a", Value: "b"},
			{Operator: form.Equal, Field: "c"},
			{Operator: form.Equal, Field: "d", Value: "e"},
			{Operator: form.Equal, Field: "a", Value: "f"},
		}},
		{`{"$a":"b"}`, []form.Condition{{Operator: form.Equal, Field: "$a", Value: "b"}}},
		{`[ "eq" , "$a" , "b" ]`, []form.Condition{{Operator: form.Equal, Field: "a", Value: "b"}}},
		{`["starts-with","$key","\u7167/"]`, []form.Condition{{Operator: form.StartsWith, Field: "key", Value: "照/"}}},
		{`["content-length-range",0,9223372036854775807]`, []form.Condition{{Operator: form.LengthRange, Max: 1<<63 - 1}}},
		{`["content-length-range",10,1]`, []form.Condition{{Operator: form.LengthRange, Min: 10, Max: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			text := wrap(tt.condition)
			p, refused := form.ParsePolicy(policy(text))
			require.Nil(t, refused)
			require.Equal(t, tt.want, p.Conditions)
			require.Equal(t, text, string(p.Text))
		})
	}
}

func TestPolicyRefused(t *testing.T) {
	bad := func(condition string) string { return policy(wrap(condition)) }
	good := wrap(`{"a":"b"}`)
	tests := []struct{ name, field string }{
		{"empty", ""},
		{"no base64", "?"},
		{"JSON not encoded", good},
		{"base64 not padded", strings.TrimSuffix(policy(good), "=")},
		{"no JSON", policy("policy")},
		{"JSON cut", policy(good[:len(good)-1])},
		{"something behind", policy(good + "{}")},
		{"null", policy("null")},
		{"a list", policy("[" + good + "]")},
		{"no expiration", policy(`{"conditions":[{"a":"b"}]}`)},
		{"expiration is null", policy(strings.Replace(good, `"2019-08-30T09:38:12Z"`, "null", 1))},
		{"expiration is a number", policy(strings.Replace(good, `"2019-08-30T09:38:12Z"`, "1567157892", 1))},
		{"expiration is a date", policy(strings.Replace(good, "T09:38:12Z", "", 1))},
		{"another case", policy(strings.Replace(good, "conditions", "Conditions", 1))},
		{"no conditions", policy(`{"expiration":"2019-08-30T09:38:12Z"}`)},
		{"conditions are null", policy(`{"expiration":"2019-08-30T09:38:12Z","conditions":null}`)},
		{"conditions are an object", policy(`{"expiration":"2019-08-30T09:38:12Z","conditions":{"a":"b"}}`)},
		{"conditions are empty", bad("")},
		{"a text", bad(`"a"`)},
		{"a null", bad(`null`)},
		{"an empty object", bad(`{}`)},
		{"a number as value", bad(`{"success_action_status":200}`)},
		{"an object as value", bad(`{"a":{}}`)},
		{"a list as value", bad(`{"content-length-range":[1,2]}`)},
		{"an empty name", bad(`{"":"b"}`)},
		{"an empty list", bad(`[]`)},
		{"two members", bad(`["eq","$a"]`)},
		{"four members", bad(`["eq","$a","b","c"]`)},
		{"another operator", bad(`["ends-with","$a","b"]`)},
		{"operator in upper case", bad(`["EQ","$a","b"]`)},
		{"operator is null", bad(`[null,"$a","b"]`)},
		{"no field", bad(`["eq","$","b"]`)},
		{"field is null", bad(`["eq",null,"b"]`)},
		{"value is null", bad(`["eq","$a",null]`)},
		{"prefix of the bucket", bad(`["starts-with","$bucket","b"]`)},
		{"prefix of the status", bad(`["starts-with","$success_action_status","2"]`)},
		{"prefix of the key id", bad(`["starts-with","$q-ak","AKID"]`)},
		{"prefix of a cos field", bad(`["starts-with","$X-Cos-Storage-Class","S"]`)},
		{"range of texts", bad(`["content-length-range","1","2"]`)},
		{"range of fractions", bad(`["content-length-range",1.5,2]`)},
		{"range with an exponent", bad(`["content-length-range",1e2,2e2]`)},
		{"negative range", bad(`["content-length-range",-1,2]`)},
		{"range over 63 bits", bad(`["content-length-range",1,9223372036854775808]`)},
		{"deep", bad(strings.Repeat("[", 20000))},
		{"conditions twice", policy(strings.Replace(good, "{", `{"conditions":[{"a":"b"}],`, 1))},
		{"conditions twice, in another case", policy(strings.Replace(good, "{", `{"Conditions":[{"a":"b"}],`, 1))},
		{"conditions twice, escaped", policy(strings.Replace(good, "{", `{"\u0063onditions":[{"a":"b"}],`, 1))},
		{"expiration twice", policy(strings.Replace(good, "{", `{"expiration":"2039-08-30T09:38:12Z",`, 1))},
		{"a field twice in one condition", bad(`{"a":"b","a":"c"}`)},
		{"another member twice", policy(strings.Replace(good, "{", `{"x":[{"y":1,"Y":2}],`, 1))},
		{"long", base64.StdEncoding.EncodeToString([]byte(good + strings.Repeat(" ", 50000)))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, refused := form.ParsePolicy(tt.field)
			require.Nil(t, p)
			require.NotNil(t, refused)
			require.Equal(t, coserr.InvalidPolicyDocument, refused.Code)
			require.Equal(t, "You must provide condition if you specify a policy in post object request.", refused.Message)
		})
	}
	for _, field := range []string{
		policy(good),
		policy(good + strings.Repeat(" ", 40000)),
		policy(strings.Replace(good, "{", `{"x":{"a":1},"y":{"a":1,"b":["a","a"]},`, 1)),
		policy(strings.Replace(good, "{", `{"version":{"a":[[[1]]]},`, 1)),
		policy(good)[:20] + "\r\n" + policy(good)[20:],
	} {
		p, refused := form.ParsePolicy(field)
		require.Nil(t, refused)
		require.Len(t, p.Conditions, 1)
	}
}

func TestExpirationForms(t *testing.T) {
	want := time.Date(2019, 8, 30, 9, 38, 12, 0, time.UTC)
	for text, at := range map[string]time.Time{
		"2019-08-30T09:38:12Z":        want,
		"2019-08-30T09:38:12.414Z":    want.Add(414 * time.Millisecond),
		"2019-08-30T17:38:12+08:00":   want,
		"2019-08-30T17:38:12+0800":    want,
		"2019-08-30T09:38:12":         want,
		"2019-08-30T09:38:12.000001":  want.Add(time.Microsecond),
		"2019-08-30T09:38:12.414000Z": want.Add(414 * time.Millisecond),
	} {
		p, refused := form.ParsePolicy(policy(strings.Replace(wrap(`{"a":"b"}`), "2019-08-30T09:38:12Z", text, 1)))
		require.Nil(t, refused, text)
		require.True(t, at.Equal(p.Expiration), text)
	}
}
