// Package mediatype knows the type of an object by the extension of its key, for
// uploads that name none. Its table is its own, the same on every machine.
package mediatype

import "strings"

// Default is the type of an object about which nothing is known.
const Default = "application/octet-stream"

// maxExtension bounds what is looked at of a key.
const maxExtension = 16

// OfKey is the type that belongs to the extension of a key, in any letter case;
// or nothing where the key has none, or one that is not known. The suites of the
// cloud's own SDKs assert application/zip for .zip, text/plain without a charset
// for .txt, and nothing for a key without extension (cos-nodejs-sdk-v5 and
// cos-js-sdk-v5 test.js); no page lists the others (choice 432).
func OfKey(key string) string {
	dot := strings.LastIndexByte(key, '.')
	if dot < 0 || len(key)-dot > maxExtension || strings.IndexByte(key[dot:], '/') >= 0 {
		return ""
	}
	extension := strings.ToLower(key[dot+1:])
	if extension == "" || strings.ContainsAny(extension, " \n") {
		return ""
	}
	return typeOf(" " + extension)
}

// typeOf is the first word of the line of table that has an extension, given
// with the blank before it.
func typeOf(extension string) string {
	for end := 0; ; {
		at := strings.Index(table[end:], extension)
		if at < 0 {
			return ""
		}
		at += end
		end = at + len(extension)
		if table[end] == ' ' || table[end] == '\n' {
			name, _, _ := strings.Cut(table[strings.LastIndexByte(table[:at], '\n')+1:], " ")
			return name
		}
	}
}

// table is a type and its extensions a line. The types are those that IANA
// registered, or where it has none, those that web servers give.
const table = `
application/atom+xml atom
application/gzip gz tgz
application/java-archive jar war ear
application/json json map
application/manifest+json webmanifest
application/msword doc dot
application/pdf pdf
application/postscript ps eps ai
application/rtf rtf
application/rss+xml rss
application/vnd.android.package-archive apk
application/vnd.apple.mpegurl m3u8
application/vnd.google-earth.kml+xml kml
application/vnd.google-earth.kmz kmz
application/vnd.ms-excel xls xlt
application/vnd.ms-fontobject eot
application/vnd.ms-powerpoint ppt pps
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.text odt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.rar rar
application/wasm wasm
application/x-7z-compressed 7z
application/x-bzip2 bz2
application/x-sh sh
application/x-shockwave-flash swf
application/x-tar tar
application/x-x509-ca-cert der pem crt
application/xhtml+xml xhtml
application/yaml yaml yml
application/zip zip
application/zstd zst
audio/aac aac
audio/amr amr
audio/flac flac
audio/midi mid midi
audio/mp4 m4a
audio/mpeg mp3
audio/ogg oga ogg opus
audio/wav wav
font/otf otf
font/ttf ttf
font/woff woff
font/woff2 woff2
image/apng apng
image/avif avif
image/bmp bmp
image/gif gif
image/heic heic
image/heif heif
image/jpeg jpg jpeg jpe
image/png png
image/svg+xml svg svgz
image/tiff tif tiff
image/vnd.adobe.photoshop psd
image/webp webp
image/x-icon ico
text/calendar ics
text/css css
text/csv csv
text/html html htm shtml
text/javascript js mjs
text/markdown md markdown
text/plain txt text log conf
text/tab-separated-values tsv
text/vtt vtt
text/xml xml xsd
video/3gpp 3gp 3gpp
video/mp2t ts
video/mp4 mp4
video/mpeg mpeg mpg
video/ogg ogv
video/quicktime mov
video/webm webm
video/x-flv flv
video/x-m4v m4v
video/x-matroska mkv
video/x-ms-asf asf asx
video/x-ms-wmv wmv
video/x-msvideo avi
`
