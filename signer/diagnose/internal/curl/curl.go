// Package curl reads curl command lines.
package curl

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/internal/show"
)

// Command is what a command line asks curl for; see diagnose.Curl.
type Command struct {
	Method, URL string
	Header      http.Header
	Upload      string
	Data        bool
}

// maxCurl bounds a command line.
const maxCurl = 256 << 10

// Parse reads a curl command line; see diagnose.ParseCurl.
func Parse(command string) (*Command, error) {
	if len(command) > maxCurl {
		return nil, fmt.Errorf("diagnose: the command is longer than %d bytes", maxCurl)
	}
	args, err := shellWords(command)
	if err != nil {
		return nil, err
	}
	for len(args) > 0 && (args[0] == "$" || args[0] == "#" || args[0] == ">" || setsVariable(args[0])) {
		args = args[1:] // a prompt, or a variable set for the command
	}
	if len(args) == 0 {
		return nil, errors.New("diagnose: the command is empty")
	}
	if name := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(args[0], `\`, "/"))), ".exe"); name != "curl" {
		return nil, errors.New("diagnose: the command does not begin with curl")
	}
	p := &parser{header: http.Header{}, dropped: map[string]bool{}}
	if err := p.options(args[1:]); err != nil {
		return nil, err
	}
	return p.finish()
}

// setsVariable reports whether a word has the form NAME=value.
func setsVariable(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// parser collects the options.
type parser struct {
	method, url, upload string
	header              http.Header
	dropped             map[string]bool // headers taken out by -H "Name:"
	data, query         []string
	form, json, head    bool
	get, asIs, hasData  bool
	noMoreOptions       bool
}

func (p *parser) options(args []string) error {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		next := func() (string, error) {
			if i++; i >= len(args) {
				return "", fmt.Errorf("diagnose: the option %s has no value", optionName(arg))
			}
			return args[i], nil
		}
		var err error
		switch {
		case p.noMoreOptions || len(arg) < 2 || arg[0] != '-':
			p.target(arg)
		case arg == "--":
			p.noMoreOptions = true
		case strings.HasPrefix(arg, "--"):
			err = p.long(arg[2:], next)
		default:
			err = p.short(arg[1:], next)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// optionName is what may be shown of an argument.
func optionName(arg string) string {
	if strings.HasPrefix(arg, "--") {
		return show.Shorten(arg, 32)
	}
	return show.Shorten(arg, 2)
}

func (p *parser) target(u string) {
	if p.url == "" {
		p.url = u
	}
}

// short reads options of one letter, run together perhaps, the last one with
// its value behind it.
func (p *parser) short(letters string, next func() (string, error)) error {
	for i := 0; i < len(letters); i++ {
		name, takes := shortOption(letters[i])
		if !takes {
			p.flag(name)
			continue
		}
		value := letters[i+1:]
		if value == "" {
			var err error
			if value, err = next(); err != nil {
				return err
			}
		}
		p.value(name, value)
		return nil
	}
	return nil
}

// shortOption gives the long name of a letter that matters here, and whether
// it takes a value.
func shortOption(letter byte) (name string, takes bool) {
	switch letter {
	case 'X':
		return "request", true
	case 'H':
		return "header", true
	case 'T':
		return "upload-file", true
	case 'd':
		return "data", true
	case 'F':
		return "form", true
	case 'A':
		return "user-agent", true
	case 'e':
		return "referer", true
	case 'b':
		return "cookie", true
	case 'r':
		return "range", true
	case 'I':
		return "head", false
	case 'G':
		return "get", false
	}
	return "", strings.IndexByte("CDEKPQUYchmotuwxyz", letter) >= 0
}

func (p *parser) long(name string, next func() (string, error)) error {
	switch name {
	case "head", "get", "path-as-is":
		p.flag(name)
		return nil
	}
	if !takesValue(name) {
		return nil
	}
	v, err := next()
	if err != nil {
		return err
	}
	p.value(name, v)
	return nil
}

// takesValue reports whether a long option has a value behind it.
func takesValue(name string) bool {
	switch name {
	case "request", "header", "upload-file", "data", "data-raw", "data-binary", "data-ascii", "data-urlencode",
		"json", "form", "form-string", "url", "user-agent", "referer", "cookie", "range",
		"user", "proxy", "proxy-user", "output", "max-time", "connect-timeout", "resolve", "connect-to", "cacert", "capath",
		"cert", "key", "cookie-jar", "dump-header", "write-out", "limit-rate", "retry", "retry-delay", "retry-max-time",
		"interface", "noproxy", "preproxy", "socks5", "socks5-hostname", "trace", "trace-ascii", "stderr", "config",
		"continue-at", "speed-limit", "speed-time", "time-cond", "aws-sigv4", "oauth2-bearer", "url-query", "ciphers",
		"dns-servers", "doh-url", "expect100-timeout", "keepalive-time", "max-filesize", "max-redirs", "output-dir",
		"pinnedpubkey", "proto", "rate", "tls-max", "tls13-ciphers", "unix-socket", "variable":
		return true
	}
	return false
}

func (p *parser) flag(name string) {
	switch name {
	case "head":
		p.head = true
	case "get":
		p.get = true
	case "path-as-is":
		p.asIs = true
	}
}

func (p *parser) value(name, v string) {
	switch name {
	case "request":
		p.method = v
	case "url":
		p.target(v)
	case "header":
		p.addHeader(v)
	case "upload-file":
		p.upload = v
	case "data", "data-raw", "data-binary", "data-ascii":
		p.addData(v)
	case "data-urlencode":
		p.addData(urlEncodeData(v))
	case "url-query":
		p.query = append(p.query, urlEncodeData(v))
	case "json":
		p.json = true
		p.addData(v)
	case "form", "form-string":
		p.form = true
	case "user-agent":
		p.setDefault("User-Agent", v)
	case "referer":
		p.setDefault("Referer", v)
	case "cookie":
		p.setDefault("Cookie", v)
	case "range":
		p.setDefault("Range", "bytes="+v)
	}
}

func (p *parser) addData(v string) {
	p.hasData = true
	p.data = append(p.data, v)
}

// urlEncodeData is what --data-urlencode makes of "content", "=content" and
// "name=content".
func urlEncodeData(v string) string {
	name, content, ok := strings.Cut(v, "=")
	switch {
	case !ok:
		return signer.Encode(v)
	case name == "":
		return signer.Encode(content)
	}
	return name + "=" + signer.Encode(content)
}

// addHeader reads "Name: value", "Name:" (which takes a header out) and "Name;"
// (an empty one).
func (p *parser) addHeader(line string) {
	if name, ok := strings.CutSuffix(line, ";"); ok && !strings.Contains(line, ":") {
		p.header.Add(strings.TrimSpace(name), "")
		return
	}
	name, value, ok := strings.Cut(line, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	switch {
	case !ok || name == "":
	case value == "":
		p.dropped[http.CanonicalHeaderKey(name)] = true
	default:
		p.header.Add(name, value)
	}
}

// setDefault sets what an option of its own asks for; -H has the last word.
func (p *parser) setDefault(name, value string) {
	if _, ok := p.header[name]; !ok && !p.dropped[name] {
		p.header.Set(name, value)
	}
}

func (p *parser) finish() (*Command, error) {
	if p.url == "" {
		return nil, errors.New("diagnose: the command has no URL")
	}
	c := &Command{URL: p.url, Header: p.header, Upload: p.upload, Data: p.hasData || p.form}
	if !strings.Contains(c.URL, "://") {
		c.URL = "http://" + c.URL
	}
	if p.get && p.hasData {
		p.query, c.Data = append(p.query, p.data...), false
	}
	if len(p.query) > 0 {
		sep := "?"
		if strings.Contains(c.URL, "?") {
			sep = "&"
		}
		c.URL += sep + strings.Join(p.query, "&")
	}
	c.URL = p.wireURL(c.URL)
	c.Method = p.verb(c.Data)
	switch {
	case p.form:
		p.setDefault("Content-Type", "multipart/form-data")
	case p.json:
		p.setDefault("Content-Type", "application/json")
		p.setDefault("Accept", "application/json")
	case c.Data:
		p.setDefault("Content-Type", "application/x-www-form-urlencoded")
	}
	p.setDefault("Accept", "*/*")
	return c, nil
}

// verb is the method that curl takes.
func (p *parser) verb(data bool) string {
	switch {
	case p.method != "":
		return p.method
	case p.head:
		return http.MethodHead
	case p.upload != "":
		return http.MethodPut
	case data:
		return http.MethodPost
	}
	return http.MethodGet
}

// wireURL is the URL as curl sends it: dot segments are taken out unless
// --path-as-is, and -T puts the file's name behind a URL that ends in a slash.
func (p *parser) wireURL(u string) string {
	u, _, _ = strings.Cut(u, "#")
	scheme, rest, _ := strings.Cut(u, "://")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, target := rest[:end], rest[end:]
	p2, query, has := strings.Cut(target, "?")
	if !p.asIs {
		p2 = dropDots(p2)
	}
	if p.upload != "" && p.upload != "-" && p.upload != "." && strings.HasSuffix(p2, "/") {
		p2 += url.PathEscape(path.Base(strings.ReplaceAll(p.upload, `\`, "/")))
	}
	if has {
		p2 += "?" + query
	}
	return scheme + "://" + host + p2
}

// dropDots takes "." and ".." segments out of a path (RFC 3986, 5.2.4). Empty
// segments stay.
func dropDots(p string) string {
	if !strings.Contains(p, "/.") {
		return p
	}
	var out []string
	segments := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, s)
			continue
		}
		if last {
			out = append(out, "")
		}
	}
	return "/" + strings.Join(out, "/")
}
