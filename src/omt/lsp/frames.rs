//! Messages on standard input: a header with their length, and JSON. What is neither is answered with an error and
//! skipped; the server goes on.

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream,
};

/// The request that stands for what could not be read; the server answers it with a parse error.
pub(super) const UNREADABLE: &str = "$dunbar/unreadable";

/// How long a line of a header may be, in bytes.
const HEADER_MAX: u64 = 4 << 10;
/// How long a message may be, in bytes: the largest file as one JSON string of escapes, and some.
const CONTENT_MAX: usize = 512 << 20;

/// Copies messages until the input ends.
pub(super) async fn forward(input: impl AsyncRead + Unpin, mut output: DuplexStream) {
    let mut input = BufReader::with_capacity(64 << 10, input);
    while let Some(length) = header(&mut input).await {
        let content = match length {
            Some(length) => content(&mut input, length).await,
            None => Some(None),
        };
        let Some(content) = content else { return };
        let content = content.unwrap_or_else(unreadable);
        let header = format!("Content-Length: {}\r\n\r\n", content.len());
        let sent = async {
            output.write_all(header.as_bytes()).await?;
            output.write_all(&content).await
        };
        if sent.await.is_err() {
            return;
        }
    }
}

fn unreadable() -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":null,"method":"{UNREADABLE}"}}"#).into_bytes()
}

/// Reads lines up to an empty one: the length that they name, if they do. `None` at the end of the input.
async fn header(input: &mut (impl AsyncBufRead + Unpin)) -> Option<Option<usize>> {
    let (mut length, mut lines) = (None, 0);
    loop {
        let mut line = vec![];
        let read = (&mut *input).take(HEADER_MAX).read_until(b'\n', &mut line).await.ok()?;
        if read == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            // Empty lines between messages are no message.
            if lines > 0 {
                return Some(length);
            }
            continue;
        }
        lines += 1;
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
}

/// Reads a message; the inner `None` stands for one that is no JSON or too long, the outer one for the end of the input.
async fn content(input: &mut (impl AsyncBufRead + Unpin), length: usize) -> Option<Option<Vec<u8>>> {
    if length > CONTENT_MAX {
        let mut rest = (&mut *input).take(length as u64);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await.ok()?;
        return Some(None);
    }
    let mut content = Vec::new();
    let read = (&mut *input).take(length as u64).read_to_end(&mut content).await.ok()?;
    if read < length {
        return None;
    }
    let message = serde_json::from_slice(&content).is_ok_and(|message| is_message(&message));
    Some(message.then_some(content))
}

/// Whether JSON is a request, a notification or a response.
fn is_message(message: &serde_json::Map<String, serde_json::Value>) -> bool {
    let is_version = message.get("jsonrpc").and_then(|version| version.as_str()) == Some("2.0");
    let is_id = message.get("id").is_none_or(|id| id.is_null() || id.is_string() || id.is_i64());
    let names = message.get("method").is_some_and(|method| method.is_string());
    let answers = message.contains_key("id") && (message.contains_key("result") || message.contains_key("error"));
    is_version && is_id && (names || (answers && !message.contains_key("method")))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn forwarded(input: &str) -> String {
        let (mut reader, writer) = tokio::io::duplex(1 << 20);
        forward(input.as_bytes(), writer).await;
        let mut output = String::new();
        reader.read_to_string(&mut output).await.expect("the output is text");
        output
    }

    fn framed(content: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{content}", content.len())
    }

    #[tokio::test]
    async fn messages_pass_and_what_is_none_becomes_a_request_to_be_refused() {
        let unreadable = framed(&String::from_utf8(unreadable()).unwrap());
        let call = "{\"jsonrpc\":\"2.0\",\"method\":\"m\"}";
        assert_eq!(forwarded(&framed(call)).await, framed(call));
        let typed = format!("content-length:{}\r\nContent-Type: x\r\n\r\n{call}", call.len());
        assert_eq!(forwarded(&typed).await, framed(call));
        for bad in [
            framed("{"),
            framed("[]"),
            framed("\"text\""),
            framed("{}"),
            framed("{\"method\":\"m\"}"),
            framed("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"m\"}"),
            framed("{\"jsonrpc\":\"2.0\",\"method\":5}"),
            "Hello\r\n\r\n".to_owned(),
            "Content-Length: x\n\n".to_owned(),
        ] {
            let after = forwarded(&format!("{bad}{}", framed(call))).await;
            assert_eq!(after, format!("{unreadable}{}", framed(call)), "{bad}");
        }
    }

    #[tokio::test]
    async fn an_input_that_ends_inside_of_a_message_is_its_end() {
        assert_eq!(forwarded("Content-Length: 9\r\n\r\n{}").await, "");
        assert_eq!(forwarded("Content-Len").await, "");
        assert_eq!(forwarded("\r\n\r\n").await, "");
    }
}
