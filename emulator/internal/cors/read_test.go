package cors_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// one is a document of one rule with this inside, beside an origin and a
// method.
func one(inside string) string {
	return "<CORSConfiguration><CORSRule><AllowedOrigin>https://a.com</AllowedOrigin>" +
		"<AllowedMethod>PUT</AllowedMethod>" + inside + "</CORSRule></CORSConfiguration>"
}

func TestAccepted(t *testing.T) {
	tests := []struct{ name, doc string }{
		{"least", one("")},
		{"double-quoted declaration", `<?xml version="1.0" encoding="UTF-8"?>` + one("")},
		{"byte order mark", "\ufeff" + one("")},
		{"namespace of S3", strings.Replace(one(""), "<CORSConfiguration>", `<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, 1)},
		{"comment and blanks", "<!-- a -->\n" + one("<!-- b -->\r\n\t") + "\n<!-- c -->\n"},
		{"cos-go-sdk-v5, no headers", one("<ID>1234</ID><MaxAgeSeconds>500</MaxAgeSeconds>")},
		{"older page, MaxAgeSeconds before ExposeHeader", one("<AllowedHeader>x-cos-meta-test</AllowedHeader><MaxAgeSeconds>500</MaxAgeSeconds><ExposeHeader>x-cos-meta-test1</ExposeHeader>")},
		{"empty optional elements", one("<ID/><AllowedHeader></AllowedHeader><ExposeHeader/><MaxAgeSeconds/>")},
		{"ResponseVary first", strings.Replace(one(""), "<CORSRule>", "<ResponseVary>true</ResponseVary><CORSRule>", 1)},
		{"entity", one("<ID>&lt;&amp;&#65;</ID>")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := parse(t, tt.doc)
			require.Len(t, r.Rules, 1)
			require.Equal(t, []string{"https://a.com"}, r.Rules[0].AllowedOrigins)
			require.Equal(t, []string{"PUT"}, r.Rules[0].AllowedMethods)
		})
	}
	require.Equal(t, "<&A", parse(t, one("<ID>&lt;&amp;&#65;</ID>")).Rules[0].ID)
	require.Nil(t, parse(t, one("<MaxAgeSeconds/>")).Rules[0].MaxAge)
	require.Empty(t, parse(t, one("<ExposeHeader/>")).Rules[0].ExposeHeaders)
}

// Each document differs from an accepted one in one thing.
func TestRefused(t *testing.T) {
	tests := []struct {
		name, doc string
		code      coserr.Code
	}{
		{"empty", "", coserr.MalformedXML},
		{"no XML", "cors", coserr.MalformedXML},
		{"cut", strings.TrimSuffix(one(""), "</CORSConfiguration>"), coserr.MalformedXML},
		{"wrong end", strings.Replace(one(""), "</CORSRule>", "</CORSrule>", 1), coserr.MalformedXML},
		{"another root", strings.ReplaceAll(one(""), "CORSConfiguration", "Corsconfiguration"), coserr.MalformedXML},
		{"two roots", one("") + one(""), coserr.MalformedXML},
		{"text behind", one("") + "x", coserr.MalformedXML},
		{"text between", one("x"), coserr.MalformedXML},
		{"no rule", "<CORSConfiguration/>", coserr.MalformedXML},
		{"unknown element in a rule", one("<AllowedHeaders>*</AllowedHeaders>"), coserr.MalformedXML},
		{"unknown element", strings.Replace(one(""), "<CORSRule>", "<Rule/><CORSRule>", 1), coserr.MalformedXML},
		{"element in a value", one("<ID><b/></ID>"), coserr.MalformedXML},
		{"two IDs", one("<ID>1</ID><ID>2</ID>"), coserr.MalformedXML},
		{"two ages", one("<MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>1</MaxAgeSeconds>"), coserr.MalformedXML},
		{"age is no number", one("<MaxAgeSeconds>ten</MaxAgeSeconds>"), coserr.MalformedXML},
		{"negative age", one("<MaxAgeSeconds>-1</MaxAgeSeconds>"), coserr.MalformedXML},
		{"age over 31 bits", one("<MaxAgeSeconds>2147483648</MaxAgeSeconds>"), coserr.MalformedXML},
		{"no origin", "<CORSConfiguration><CORSRule><AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>", coserr.MalformedXML},
		{"empty origin", one("<AllowedOrigin/>"), coserr.MalformedXML},
		{"no method", "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>", coserr.MalformedXML},
		{"a line break in a value", one("<ExposeHeader>a&#13;&#10;b</ExposeHeader>"), coserr.MalformedXML},
		{"vary is no truth value", strings.Replace(one(""), "<CORSRule>", "<ResponseVary>yes</ResponseVary><CORSRule>", 1), coserr.MalformedXML},
		{"document type", `<!DOCTYPE a [<!ENTITY b "c">]>` + one(""), coserr.MalformedXML},
		{"entity that nobody declared", one("<ID>&nbsp;</ID>"), coserr.MalformedXML},
		{"another charset", `<?xml version="1.0" encoding="GBK"?>` + one(""), coserr.MalformedXML},
		{"no UTF-8", one("<ID>\xff</ID>"), coserr.MalformedXML},
		{"deep", strings.Repeat("<CORSConfiguration>", 3000), coserr.MalformedXML},
		{"method OPTIONS", one("<AllowedMethod>OPTIONS</AllowedMethod>"), coserr.InvalidRequest},
		{"method *", one("<AllowedMethod>*</AllowedMethod>"), coserr.InvalidRequest},
		{"method in lower case", one("<AllowedMethod>put</AllowedMethod>"), coserr.InvalidRequest},
		{"two wildcards", one("<AllowedOrigin>http://*.a.*</AllowedOrigin>"), coserr.InvalidRequest},
		{"exposed wildcard", one("<ExposeHeader>*</ExposeHeader>"), coserr.InvalidRequest},
		{"exposed pattern", one("<ExposeHeader>x-cos-*</ExposeHeader>"), coserr.InvalidRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := cors.Parse([]byte(tt.doc))
			require.Nil(t, r)
			require.NotNil(t, err)
			require.Equal(t, tt.code, err.Code)
			require.Equal(t, 400, err.Status)
		})
	}
	require.Len(t, parse(t, one("")).Rules, 1)
}

func TestLimits(t *testing.T) {
	rule := strings.TrimSuffix(strings.TrimPrefix(one(""), "<CORSConfiguration>"), "</CORSConfiguration>")
	hundred := "<CORSConfiguration>" + strings.Repeat(rule, cors.MaxRules) + "</CORSConfiguration>"
	require.Len(t, parse(t, hundred).Rules, 100)
	_, err := cors.Parse([]byte(strings.Replace(hundred, rule, rule+rule, 1)))
	require.Equal(t, coserr.MalformedXML, err.Code)

	full := one("") + strings.Repeat(" ", 64<<10-len(one("")))
	require.Len(t, full, 65536)
	require.Len(t, parse(t, full).Rules, 1)
	_, err = cors.Parse([]byte(full + " "))
	require.Equal(t, coserr.XMLSizeLimit, err.Code)
}

// Validate also judges what no document brought.
func TestValidate(t *testing.T) {
	good := func() *cors.Rules {
		return rules(cors.Rule{AllowedOrigins: []string{"*"}, AllowedMethods: []string{"GET"}, MaxAge: new(0)})
	}
	require.Nil(t, good().Validate())
	r := good()
	r.Rules[0].MaxAge = new(-1)
	require.Equal(t, coserr.MalformedXML, r.Validate().Code)
	r = good()
	r.Rules = nil
	require.Equal(t, coserr.MalformedXML, r.Validate().Code)
	r = good()
	r.Rules[0].AllowedHeaders = []string{"a\r\nSet-Cookie: b"}
	require.Equal(t, coserr.MalformedXML, r.Validate().Code)
}
