package cors_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/cors"
)

func rules(list ...cors.Rule) *cors.Rules { return &cors.Rules{Rules: list} }

func TestOrigins(t *testing.T) {
	tests := []struct {
		pattern, origin string
		fits            bool
	}{
		{"*", "https://example.com", true},
		{"*", "null", true},
		{"https://example.com", "https://example.com", true},
		{"https://example.com", "http://example.com", false},
		{"https://example.com", "https://example.com:8443", false},
		{"https://example.com:8443", "https://example.com:8443", true},
		{"https://example.com", "https://example.com.cn", false},
		{"https://example.com", "https://EXAMPLE.com", false},
		{"https://example.com ", "https://example.com", false},
		{"http://*.example.com", "http://a.example.com", true},
		{"http://*.example.com", "http://a.b.example.com", true},
		{"http://*.example.com", "http://example.com", false},
		{"http://*example.com", "http://example.com", true}, // the empty text
		{"*://example.com", "https://example.com", true},
		{"http://localhost:*", "http://localhost:5173", true},
		{"http://localhost:*", "http://localhost", false},
		{"https://a*a.com", "https://a.com", false}, // one letter cannot serve both sides
		{"https://a*a.com", "https://aa.com", true},
		{"", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.pattern+" "+tt.origin, func(t *testing.T) {
			r := rules(cors.Rule{AllowedOrigins: []string{tt.pattern}, AllowedMethods: []string{"PUT"}})
			_, refused := r.Preflight(tt.origin, "PUT", "")
			require.Equal(t, tt.fits, refused == nil)
		})
	}
}

func TestMethodsAndHeaders(t *testing.T) {
	r := rules(cors.Rule{
		AllowedOrigins: []string{"https://a.com"},
		AllowedMethods: []string{"PUT", "GET"},
		AllowedHeaders: []string{"Content-Type", "X-Cos-Meta-*"},
	})
	tests := []struct {
		name, method, headers string
		fits                  bool
	}{
		{"no header", "PUT", "", true},
		{"listed, another case", "GET", "CONTENT-TYPE", true},
		{"listed, blanks and empty pieces", "GET", " content-type , ,", true},
		{"method not listed", "DELETE", "", false},
		{"method in another case", "put", "", false},
		{"one of two not listed", "PUT", "content-type,authorization", false},
		{"a star inside a name is no pattern", "PUT", "x-cos-meta-a", false},
		{"the name itself", "PUT", "x-cos-meta-*", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, refused := r.Preflight("https://a.com", tt.method, tt.headers)
			require.Equal(t, tt.fits, refused == nil)
			require.Equal(t, tt.fits, len(got) > 0)
		})
	}
	r.Rules[0].AllowedHeaders = nil
	_, refused := r.Preflight("https://a.com", "PUT", "x-a")
	requireForbidden(t, refused)
	_, refused = r.Preflight("https://a.com", "PUT", "")
	require.Nil(t, refused)
}

// What cos-nodejs-sdk-v5's own test configures: a star beside a name.
func TestStarBesideOthers(t *testing.T) {
	r := rules(cors.Rule{
		AllowedOrigins: []string{"https://qq.com", "*"},
		AllowedMethods: []string{"GET", "POST", "PUT", "DELETE", "HEAD"},
		AllowedHeaders: []string{"*", "test-x"},
	})
	got, refused := r.Preflight("https://qq.com", "PUT", "Authorization,x-cos-security-token")
	require.Nil(t, refused)
	require.Equal(t, `Access-Control-Allow-Headers: Authorization,x-cos-security-token
Access-Control-Allow-Methods: GET,POST,PUT,DELETE,HEAD
Access-Control-Allow-Origin: *
`, lines(got))
}

func TestNothingAskedFor(t *testing.T) {
	star := cors.Rule{AllowedOrigins: []string{"*"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"*"}}
	list := cors.Rule{AllowedOrigins: []string{"https://a.com"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"Range"}, MaxAge: new(0)}
	got, refused := rules(star).Preflight("https://a.com", "PUT", "")
	require.Nil(t, refused)
	require.Equal(t, "Access-Control-Allow-Methods: PUT\nAccess-Control-Allow-Origin: *\n", lines(got))
	got, refused = rules(list).Preflight("https://a.com", "PUT", "")
	require.Nil(t, refused)
	require.Equal(t, `Access-Control-Allow-Credentials: true
Access-Control-Allow-Headers: range
Access-Control-Allow-Methods: PUT
Access-Control-Allow-Origin: https://a.com
Access-Control-Max-Age: 0
`, lines(got))
}

func TestActual(t *testing.T) {
	r := parse(t, sampleDoc)
	got, miss := r.Actual("https://example.net", "PUT")
	require.Nil(t, miss)
	require.Equal(t, `Access-Control-Allow-Credentials: true
Access-Control-Allow-Methods: PUT,GET,POST,DELETE,HEAD
Access-Control-Allow-Origin: https://example.net
Access-Control-Expose-Headers: Content-Length,ETag,x-cos-meta-author
Access-Control-Max-Age: 600
`, lines(got))

	got, miss = r.Actual("https://anything.test", "HEAD")
	require.Nil(t, miss)
	require.Equal(t, `Access-Control-Allow-Methods: GET,HEAD
Access-Control-Allow-Origin: *
Access-Control-Expose-Headers: Content-Length,ETag,x-cos-meta-author
Access-Control-Max-Age: 600
`, lines(got))

	got, miss = r.Actual("https://anything.test", "PUT")
	require.Empty(t, got)
	require.Equal(t, cors.Method, miss.Reason)

	got, miss = r.Actual("", "PUT")
	require.Empty(t, got)
	require.Nil(t, miss)

	var none *cors.Rules
	got, miss = none.Actual("https://example.net", "PUT")
	require.Empty(t, got)
	require.Equal(t, cors.NoRule, miss.Reason)
}

func TestVary(t *testing.T) {
	vary := "Vary: Origin\n"
	for doc, on := range map[string]bool{
		sampleDoc: false,
		strings.Replace(sampleDoc, "</CORSConfiguration>", "\t<ResponseVary>false</ResponseVary>\n</CORSConfiguration>", 1): false,
		strings.Replace(sampleDoc, "</CORSConfiguration>", "\t<ResponseVary>true</ResponseVary>\n</CORSConfiguration>", 1):  true,
	} {
		r := parse(t, doc)
		require.Equal(t, doc, string(r.AppendXML(nil)), "what was put is given back")

		fits, refused := r.Preflight("https://example.com", "PUT", "")
		require.Nil(t, refused)
		require.Equal(t, on, strings.HasSuffix(lines(fits), vary))
		fits, _ = r.Actual("https://example.com", "PUT")
		require.Equal(t, on, strings.HasSuffix(lines(fits), vary))

		want := ""
		if on {
			want = vary
		}
		misses, _ := r.Actual("https://other.test", "PUT")
		require.Equal(t, want, lines(misses))
		plain, _ := r.Actual("", "PUT")
		require.Equal(t, want, lines(plain))
	}
}

func TestClosest(t *testing.T) {
	r := rules(
		cors.Rule{ID: "far", AllowedOrigins: []string{"https://x.com"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"*"}},
		cors.Rule{AllowedOrigins: []string{"https://a.com"}, AllowedMethods: []string{"GET"}},
		cors.Rule{ID: "near", AllowedOrigins: []string{"https://a.com"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"Range"}},
		cors.Rule{ID: "as near", AllowedOrigins: []string{"https://a.com"}, AllowedMethods: []string{"PUT"}},
	)
	tests := []struct {
		origin, method, headers string
		want                    cors.Miss
		sentence                string
	}{
		{
			"https://a.com", "PUT", "range,x-b,X-C,x-b",
			cors.Miss{Reason: cors.Headers, Rule: 2, RuleID: "near", Asked: []string{"x-b", "x-c"}, Allowed: []string{"Range"}},
			`rule 3 ("near") allows the origin and the method, but not the headers "x-b", "x-c", only "Range"`,
		},
		{
			"https://a.com", "DELETE", "",
			cors.Miss{Reason: cors.Method, Rule: 1, Asked: []string{"DELETE"}, Allowed: []string{"GET"}},
			`rule 2 allows the origin, but not the method "DELETE", only "GET"`,
		},
		{
			"http://a.com", "PUT", "",
			cors.Miss{Reason: cors.Origin, Rule: 0, RuleID: "far", Asked: []string{"http://a.com"}, Allowed: []string{"https://x.com"}},
			`no CORS rule allows the origin "http://a.com"; rule 1 ("far") allows "https://x.com"`,
		},
		{
			"", "PUT", "",
			cors.Miss{Reason: cors.NoPreflight, Rule: -1},
			`a preflight needs Origin and Access-Control-Request-Method`,
		},
		{
			"https://a.com", "", "",
			cors.Miss{Reason: cors.NoPreflight, Rule: -1},
			`a preflight needs Origin and Access-Control-Request-Method`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			_, refused := r.Preflight(tt.origin, tt.method, tt.headers)
			requireForbidden(t, refused)
			var miss *cors.Miss
			require.ErrorAs(t, refused, &miss)
			require.Equal(t, tt.want, *miss)
			require.Equal(t, tt.sentence, miss.Error())
		})
	}
	_, refused := r.Preflight("https://a.com", "PUT", "range")
	require.Nil(t, refused)
}

// A preflight as large as net/http lets it be, against rules as large as the
// page lets them be, must cost about what it takes to read both.
func TestHostilePreflight(t *testing.T) {
	var doc, asked strings.Builder
	doc.WriteString("<CORSConfiguration>")
	for range cors.MaxRules {
		doc.WriteString("<CORSRule><AllowedOrigin>https://*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>")
		for doc.Len()%600 < 500 {
			doc.WriteString("<AllowedHeader>a</AllowedHeader>")
		}
		doc.WriteString("</CORSRule>")
	}
	doc.WriteString("</CORSConfiguration>")
	r := parse(t, doc.String())
	for asked.Len() < 1<<20 {
		asked.WriteString("a,A,b,")
	}
	_, refused := r.Preflight("https://"+strings.Repeat("x", 1<<20), "PUT", asked.String())
	requireForbidden(t, refused)
	var miss *cors.Miss
	require.ErrorAs(t, refused, &miss)
	require.Equal(t, []string{"b"}, miss.Asked)
	require.Less(t, len(miss.Error()), 1000)

	_, refused = r.Preflight("https://x", "PUT", strings.Repeat("a,", 1<<19))
	require.Nil(t, refused)
}

func TestPermissive(t *testing.T) {
	r := cors.Permissive()
	require.Nil(t, r.Validate())
	again := parse(t, string(r.AppendXML(nil)))
	require.Equal(t, r, again)
	for _, method := range []string{"PUT", "GET", "POST", "DELETE", "HEAD"} {
		got, refused := r.Preflight("null", method, "authorization,x-cos-meta-a")
		require.Nil(t, refused)
		require.Contains(t, got, cors.Header{Name: "Access-Control-Allow-Origin", Value: "*"})
		require.Contains(t, got, cors.Header{Name: "Access-Control-Allow-Headers", Value: "authorization,x-cos-meta-a"})
	}
	got, miss := r.Actual("http://localhost:5173", "PUT")
	require.Nil(t, miss)
	require.Contains(t, lines(got), "Access-Control-Expose-Headers: ETag,")
	require.Contains(t, lines(got), "x-cos-request-id,")
	r.Rules[0].AllowedOrigins[0] = "https://a.com"
	require.Equal(t, "*", cors.Permissive().Rules[0].AllowedOrigins[0], "each call makes its own")
}
