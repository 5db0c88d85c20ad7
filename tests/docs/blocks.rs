//! The fenced blocks of a document.

/// A block, and the line on which its content begins.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Block {
    pub(crate) fn is_commands(&self) -> bool {
        ["console", "sh"].contains(&self.language.as_str())
    }

    /// The file that the block is, whether it goes on, and its content. A scenario or a transaction begins with the comment that names
    /// it, as it does for a reader who copies the block; so the lines have the numbers that he sees.
    pub(crate) fn file(&self) -> Option<(&str, bool, &str)> {
        let (first, content) = self.text.split_once('\n')?;
        let name = match self.language.as_str() {
            "toml" | "omt" => first.strip_prefix("# ")?,
            "rust" => first.strip_prefix("// ")?,
            _ => return None,
        };
        let (name, goes_on) = name.strip_suffix(", continued").map_or((name, false), |name| (name, true));
        let is_name = !name.contains(' ') && [".toml", ".rs", ".omt"].iter().any(|ending| name.ends_with(ending));
        let content = if goes_on || self.language == "rust" { content } else { &self.text };
        is_name.then_some((name, goes_on, content))
    }
}

pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), inside) {
            (Some(_), true) => inside = false,
            (Some(language), false) => {
                inside = true;
                blocks.push(Block { language: language.to_owned(), line: number + 2, text: String::new() });
            }
            (None, true) => {
                if let Some(block) = blocks.last_mut() {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
            (None, false) => {}
        }
    }
    blocks
}

/// A command, where it stands, and what it prints according to the document.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) prints: Vec<String>,
}

/// The commands of a block.
pub(crate) fn commands(block: &Block) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for (number, line) in block.text.lines().enumerate() {
        let at = block.line + number;
        if block.language == "sh" {
            if !line.trim().is_empty() {
                commands.push(Command { line: at, text: line.to_owned(), prints: Vec::new() });
            }
        } else if let Some(text) = line.strip_prefix("$ ") {
            commands.push(Command { line: at, text: text.to_owned(), prints: Vec::new() });
        } else if let Some(command) = commands.last_mut() {
            match line.strip_prefix('>').filter(|_| command.prints.is_empty()) {
                Some(more) => {
                    command.text.push('\n');
                    command.text.push_str(more.strip_prefix(' ').unwrap_or(more));
                }
                None => command.prints.push(line.to_owned()),
            }
        }
    }
    commands
}
