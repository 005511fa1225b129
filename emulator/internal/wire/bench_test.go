package wire

import (
	"strings"
	"testing"
)

// BenchmarkPass measures what the package costs a request.
func BenchmarkPass(b *testing.B) {
	request := []byte("PUT /folder/%E4%B8%AD%E6%96%87/object.txt?q-sign-algorithm=sha1&q-ak=AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q" +
		"&q-sign-time=1557989151%3B1557996351&q-key-time=1557989151%3B1557996351&q-header-list=content-type%3Bhost&q-url-param-list=" +
		"&q-signature=3b8851a11a569213c17ba8fa7dcf2abec6935172 HTTP/1.1\r\n" +
		"Host: examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com\r\nUser-Agent: bench\r\nAccept: */*\r\n" +
		"Content-Type: application/octet-stream\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024))
	var s scanner
	b.ReportAllocs()
	for b.Loop() {
		if s.pass(request) != len(request) {
			b.Fatal("stopped")
		}
	}
}
